internal import CloudControl
internal import HTTPTypes
internal import Identity
internal import SagaCore
internal import Scheduling
internal import Storage

/// The API: requests in, answers out. Knows nothing of sockets.
public struct API: Sendable {
    /// Answers a request that fits the document and may be made.
    public typealias Handler = @Sendable (APICall) throws -> APIAnswer

    public let document: APIDocument
    let doorkeeper: Doorkeeper
    private let handlers: [String: Handler]
    private let audit: Audit
    private let now: @Sendable () -> Timestamp

    /// Writes down a write that was not let.
    typealias Audit = @Sendable (Denial) throws(StoreError) -> Void

    /// - Parameter handlers: by operationId; one for each operation of the document, and no more.
    init(
        _ document: APIDocument, doorkeeper: Doorkeeper, handlers: [String: Handler],
        audit: @escaping Audit, now: @escaping @Sendable () -> Timestamp
    ) {
        let described = Set(document.operations.map(\.id))
        let missing = described.subtracting(handlers.keys)
        let extra = Set(handlers.keys).subtracting(described)
        precondition(missing.isEmpty && extra.isEmpty, "no handler for \(missing), no description of \(extra)")
        self.document = document
        self.doorkeeper = doorkeeper
        self.handlers = handlers
        self.audit = audit
        self.now = now
    }

    typealias Answered = (answer: APIAnswer, operation: APIOperation?, caller: Caller?)

    /// The answer, and which operation it is of; nil: of none.
    func answer(_ request: RawRequest, requestID: String) -> Answered {
        let method = APIMethod(rawValue: request.method == "HEAD" ? "GET" : request.method)
        guard let segments = request.segments else {
            return (
                problem(APIProblem(400, "request.path", "the path is not percent-encoded UTF-8"), requestID), nil, nil
            )
        }
        switch document.match(method, segments) {
        case .nothing:
            let unknown = APIProblem(
                404, "request.unknown", "there is nothing at this address", hint: "`GET /api/docs` shows what there is")
            return (problem(unknown, requestID), nil, nil)
        case .otherMethod(let allowed):
            let words = allowed.map(\.rawValue).joined(separator: ", ")
            var other = APIProblem(
                405, "request.method", "this address takes \(words), not \(request.method.prefix(16))")
            other.headers["Allow"] = words
            return (problem(other, requestID), nil, nil)
        case .operation(let operation, let path):
            return answer(request, operation, path, requestID)
        }
    }

    /// Whether a request comes with a token or a session that is good; asked before its body is read.
    func isKnown(_ request: RawRequest) async -> Bool {
        do throws(APIProblem) {
            return try doorkeeper.caller(of: request, at: now()).identity != nil
        } catch {
            guard error.namesUnknownKey, await renewsKeys() else { return false }
            return (try? doorkeeper.caller(of: request, at: now()).identity) != nil
        }
    }

    /// Whether a request that was refused because of a key is worth being asked again.
    func renewsKeys() async -> Bool { await doorkeeper.renewsKeys(at: now()) }

    private func answer(
        _ request: RawRequest, _ operation: APIOperation, _ path: [String: String], _ requestID: String
    ) -> Answered {
        let moment = now()
        var caller: Caller?
        var limits: [String: String] = [:]
        do throws(APIProblem) {
            // A cookie or token that is no good does not keep anybody from what is for everybody.
            let known =
                try operation.isPublic ? Caller.anybody(request.address) : doorkeeper.caller(of: request, at: moment)
            caller = known
            limits = try doorkeeper.admit(known, to: operation, request, at: moment)
            let check = RequestCheck(operation: operation, request: request)
            let call = APICall(
                operation: operation, parameters: try check.parameters(path: path), body: try check.body(),
                caller: known, requestID: requestID, now: moment)
            var answer = try handle(call)
            if operation.hasETag { answer = Self.tagged(answer, call.text("If-None-Match")) }
            answer.headers.merge(limits) { own, _ in own }
            return (answer, operation, caller)
        } catch {
            var told = error
            if error.status == 403, !operation.method.isSafe, let caller {
                let denial = Denial(
                    operation: operation, path: path, caller: caller, problem: error, requestID: requestID, at: moment)
                told = writeDown(denial) ?? error
            }
            var answer = problem(told, requestID)
            answer.headers.merge(limits) { own, _ in own }
            return (answer, operation, caller)
        }
    }

    /// Nobody is told a refusal that is not written down.
    ///
    /// - Returns: why it cannot be; nil: it is.
    private func writeDown(_ denial: Denial) -> APIProblem? {
        do throws(StoreError) {
            try audit(denial)
            return nil
        } catch {
            return APIProblem(error)
        }
    }

    private func handle(_ call: APICall) throws(APIProblem) -> APIAnswer {
        do {
            return try handlers[call.operation.id]!(call)
        } catch let problem as APIProblem {
            throw problem
        } catch let refusal as any CloudRefusal {
            throw APIProblem(refusal)
        } catch let refusal as SchedulingRefusal {
            throw APIProblem(refusal)
        } catch let error as BillingError {
            throw APIProblem(error)
        } catch let refusal as RunRefusal {
            throw APIProblem(refusal)
        } catch let refusal as BulkRefusal {
            throw APIProblem(409, refusal.code, refusal.message, hint: refusal.hint)
        } catch let refusal as DefinitionRefusal {
            throw APIProblem(refusal)
        } catch let error as StoreError {
            throw error.code == "cursor" ? .cursor : APIProblem(error)
        } catch {
            throw APIProblem(
                500, "server.bug", "something went wrong that should not: \(error)",
                hint: "tell the operator of this server the request_id")
        }
    }

    private func problem(_ problem: APIProblem, _ requestID: String) -> APIAnswer {
        var answer = APIAnswer(
            status: problem.status, .json(problem.json(requestID: requestID)), headers: problem.headers)
        answer.namesUnknownKey = problem.namesUnknownKey
        return answer
    }

    /// The same bytes, the same tag; who has them already is told so.
    private static func tagged(_ answer: APIAnswer, _ known: String?) -> APIAnswer {
        guard answer.status == 200, let bytes = answer.jsonText else { return answer }
        let tag = "\"\(bytes.contentHash.prefix(32))\""
        let isKnown = known.map { $0 == "*" || $0.split(separator: ",").contains { $0.trimmed == tag } } ?? false
        var tagged = APIAnswer(
            status: isKnown ? 304 : 200, isKnown ? .none : .written(bytes),
            headers: answer.headers)
        tagged.headers["ETag"] = tag
        return tagged
    }
}

extension Caller {
    static func anybody(_ address: String?) -> Caller {
        Caller(identity: nil, session: nil, sessionID: nil, address: address)
    }
}
