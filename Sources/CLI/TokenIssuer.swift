internal import Identity
internal import PluginHost
internal import SagaCore

/// Who issues tokens, and says over HTTP with which keys: `key_set_url` of a token policy.
struct TokenIssuer: Sendable {
    private let url: String
    private let client: HTTPClient
    private static let patience: Int64 = 10_000

    init(_ url: String, caFile: String?) {
        self.url = url
        client = HTTPClient(caFile: caFile)
    }

    /// Its keys as they are now, which are asked for anew from now on as long as the process lives.
    ///
    /// No copy is kept for a start without the issuer: it could hold a key that was taken out of the set because it got
    /// into other hands, and nobody would know.
    func keys(renewedEvery seconds: Int) throws(Failure) -> KeySetHolder {
        let holder = KeySetHolder(try firstKeys(), fetch: fetchAside, failed: tell)
        Task.detached {
            while (try? await Task.sleep(for: .seconds(seconds))) != nil { _ = await holder.refresh() }
        }
        return holder
    }

    private func firstKeys() throws(Failure) -> KeySet {
        do throws(KeySetProblem) {
            return try KeySet(parsing: try fetch())
        } catch {
            throw Failure(
                "token.key_set_url", "\(url): \(error.message)",
                hint: "nobody comes in by token before the keys are known; `--listen none` drives runs meanwhile",
                exit: .unavailable)
        }
    }

    private func tell(_ problem: KeySetProblem) {
        Terminal.say("warning: \(url): \(problem.message); the keys from before stay")
    }

    // MARK: - Fetching

    /// On a thread of its own, since it blocks.
    @Sendable private func fetchAside() async throws(KeySetProblem) -> String {
        let outcome: Result<String, KeySetProblem> = await withCheckedContinuation { continuation in
            startThread {
                continuation.resume(returning: Result { () throws(KeySetProblem) in try fetch() })
            }
        }
        return try outcome.get()
    }

    private func fetch() throws(KeySetProblem) -> String {
        var request = HTTPClient.Request(
            "GET", url, headers: [("Accept", "application/json")], timeoutMilliseconds: Self.patience)
        request.mostBodyBytes = KeySet.mostBytes
        let answer: HTTPClient.Answer
        do throws(HTTPClientProblem) {
            answer = try client.send(request)
        } catch {
            throw .notFetched(error.message)
        }
        guard answer.status == 200 else { throw .notFetched(Self.words(answer)) }
        guard let text = String(validating: answer.body, as: UTF8.self) else { throw .notFetched("it is not UTF-8") }
        return text
    }

    private static func words(_ answer: HTTPClient.Answer) -> String {
        guard (300..<400).contains(answer.status), let other = answer.header("location") else {
            return "the answer is \(answer.status); expected 200"
        }
        return "the answer is \(answer.status) and sends to \"\(other.prefix(200))\"; expected the key set itself"
    }
}
