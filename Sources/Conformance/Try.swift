internal import Glibc
internal import PluginHost
internal import SagaCore

/// One try of a plugin: a bench in a worker of its own, in a world.
final class Try: Sendable {
    typealias Question = PluginBench.Question
    typealias Answer = PluginBench.Answer

    let exam: Examination
    /// Kept as long as it is in it.
    private let place: Monitor<World>
    var world: World { place.withLock { $0 } }
    let bench: PluginBench

    /// Starts the worker; nothing is loaded.
    init(
        _ exam: Examination, in world: World? = nil, lanes: Int = 1, isConfined: Bool = true
    ) throws(Stop) {
        guard exam.workshop.copies.count == 2 else { throw Stop(.skip(.needs("A01"))) }
        self.exam = exam
        let world = world ?? World(exam)
        place = Monitor(world)
        var setup = BenchSetup(
            folder: exam.folder, manifest: exam.manifest!, library: exam.workshop.copies[0], config: world.config)
        (setup.readable, setup.writable) = ([exam.workshop.path], [exam.workshop.worlds])
        setup.lanes = lanes
        setup.isConfined = isConfined
        setup.isInThisProcess = exam.options.isInThisProcess
        do throws(PluginRefusal) {
            bench = try PluginBench(setup, http: exam.http)
        } catch {
            throw Stop(.refused(error.reason))
        }
    }

    /// Loads it, asks it, and makes an instance with the world's config.
    static func ready(
        _ exam: Examination, in world: World? = nil, lanes: Int = 1, isConfined: Bool = true
    ) throws(Stop) -> Try {
        let it = try Try(exam, in: world, lanes: lanes, isConfined: isConfined)
        try it.open()
        let entry = try it.order("entry")
        if let reason = entry["none"]?.stringValue ?? entry["reason"]?.stringValue { throw Stop(.refused(reason)) }
        try it.move(to: it.world)
        return it
    }

    /// Goes on with a new instance, in another world.
    func move(to world: World) throws(Stop) {
        place.withLock { $0 = world }
        let made = try order("create", ["config": world.config])
        guard made["status"]?.intValue == 0 else { throw Stop(.createRefused(.init(made["error"]))) }
    }

    // MARK: - Orders

    @discardableResult
    func open(_ library: String? = nil) throws(Stop) -> JSONValue {
        let facts = try facts(bench.open(library), doing: "loading it", seconds: 10)
        if let problem = facts["problem"]?.stringValue { throw Stop(.notLoaded(problem)) }
        return facts
    }

    @discardableResult
    func order(_ what: String, _ arguments: JSONObject = [:]) throws(Stop) -> JSONValue {
        try facts(bench.order(what, arguments), doing: Self.deed(what), seconds: 10)
    }

    private static func deed(_ order: String) -> String {
        switch order {
        case "entry": "asking its entry"
        case "create": "making an instance"
        case "destroy": "destroying the instance"
        case "health": "asking for its health"
        case "extension": "asking for extensions"
        default: "looking at the process"
        }
    }

    private func facts(_ reply: PluginBench.Reply, doing: String, seconds: Double) throws(Stop) -> JSONValue {
        switch reply {
        case .done(let facts): return facts
        case .ended(let how): throw Stop(.crash(how: how, doing: doing))
        case .late: throw Stop(.timeout(seconds: seconds, doing: doing))
        case .killed: throw Stop(.crash(how: "it was killed", doing: doing))
        }
    }

    /// Makes a call; nil: the worker was killed in it, as the answer wanted.
    func call(
        _ verb: StepVerb, _ sample: CheckSheet.Sample, of step: TriedStep, _ arguments: JSONObject = [:], lane: Int = 0,
        seconds: Double = 30, answer: (Question) -> Answer = { _ in .usual }
    ) throws(Stop) -> CallFacts? {
        let reply = bench.call(
            step.call(verb, sample, exam.manifest!), arguments, lane: lane, seconds: seconds, answer: answer)
        if case .killed = reply { return nil }
        return CallFacts(try facts(reply, doing: sample.deed(verb), seconds: seconds))
    }

    /// The same, where nobody kills the worker.
    func made(
        _ verb: StepVerb, _ sample: CheckSheet.Sample, of step: TriedStep = TriedStep(), _ arguments: JSONObject = [:],
        lane: Int = 0, seconds: Double = 30, answer: (Question) -> Answer = { _ in .usual }
    ) throws(Stop) -> CallFacts {
        try call(verb, sample, of: step, arguments, lane: lane, seconds: seconds, answer: answer)!
    }
}

extension CheckSheet.Sample {
    /// eg: "execute of write"
    func deed(_ verb: StepVerb) -> String { "\(verb.rawValue) of \(operation)" }
}

/// A step as a run would remember it.
struct TriedStep: Sendable {
    var run = TriedStep.newRun()
    var attempt = 1
    var result: JSONObject?
    var checkpoint: JSONValue?

    private static func newRun() -> RunID {
        var random = SystemRandomNumberGenerator()
        return RunID(at: SystemClock().now, using: &random)
    }

    func call(_ verb: StepVerb, _ sample: CheckSheet.Sample, _ manifest: PluginManifest) -> StepCall {
        StepCall(
            verb: verb, run: run, saga: "check", stepID: "step", stepNumber: 1,
            operation: OperationName(plugin: manifest.id, operation: sample.operation), attempt: attempt,
            with: sample.with, inputs: [:], context: sample.context, result: result, checkpoint: checkpoint,
            timeoutSeconds: 60, executedBy: nil, mark: CallMark(slot: -1, licence: 0))
    }
}

/// What the bench says of a call.
struct CallFacts: Sendable {
    let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    enum Status: Int64 { case ok, suspended, cancelled, failed }

    var status: Status? { json["status"]?.intValue.flatMap(Status.init) }
    var number: Int64 { json["status"]?.intValue ?? -1 }
    var output: JSONValue { json["output"] ?? [:] }
    var error: JSONValue? { json["error"] }
    var effect: String { error?["effect"]?.stringValue ?? "unknown" }
    var found: String { json["found"]?.stringValue ?? "nothing" }
    var checkpoint: JSONValue? { json["checkpoint"] }
    var afterMilliseconds: Int64 { json["after_ms"]?.intValue ?? 0 }
    var isWorthAnotherTry: Bool { json["is_worth_another_try"]?.boolValue ?? false }
    var milliseconds: Int64 { json["ms"]?.intValue ?? 0 }
    var nudgeMilliseconds: Int64 { json["nudge_ms"]?.intValue ?? 0 }
    var silenceMilliseconds: Int64 { json["silence_ms"]?.intValue ?? 0 }
    var writes: Int64 { json["writes"]?.intValue ?? 0 }
    var misuses: [String] { json["misuses"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    var late: [String] { json["late"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    func count(_ function: String) -> Int64 { json["counts"]?[function]?.intValue ?? 0 }

    /// A status that does not go with what was said before it.
    func contradiction(_ verb: StepVerb, isAsked: Bool = false) -> Finding.Contradiction? {
        switch status {
        case .ok where count("fail") > 0: .okAfterFail
        case .failed where count("fail") == 0: .failedWithoutFail
        case .suspended where count("suspend") == 0: .suspendedWithoutSuspend
        case .cancelled where !isAsked && count("fail") == 0: .cancelledUnasked
        case .ok where verb == .probe && count("found") == 0: .probeWithoutFound
        case .ok where count("suspend") > 0: .suspendThenOther
        case _ where verb != .probe && count("found") > 0: .foundOutsideProbe
        default: nil
        }
    }
}

extension JSONValue {
    /// What the process looks like otherwise than before.
    var changes: [Finding.Change] {
        (self["changes"]?.arrayValue ?? []).map {
            Finding.Change(
                what: $0["what"]?.stringValue ?? "", was: $0["was"]?.stringValue ?? "",
                now: $0["is"]?.stringValue ?? "")
        }
    }
}

extension Examination {
    var needsHTTP: Bool { manifest?.capabilities.services.contains(PluginCapabilities.httpService) == true }
    /// There is somebody to answer its requests.
    var hasOtherSide: Bool { server != nil || options.cassette != nil }

    /// Of every operation that can be tried.
    var samples: [CheckSheet.Sample] { samples { _ in true } }

    func samples(where isWanted: (PluginManifest.ManifestOperation) -> Bool) -> [CheckSheet.Sample] {
        guard !needsHTTP || hasOtherSide else { return [] }
        return manifest!.operations.filter(isWanted).flatMap { sheet.samples(of: $0) }
    }

    /// - Throws: there is none; names the operations that would have one.
    func someSamples(
        where isWanted: (PluginManifest.ManifestOperation) -> Bool = { _ in true }
    ) throws(Stop) -> [CheckSheet.Sample] {
        let found = samples(where: isWanted)
        guard found.isEmpty else { return found }
        let operations = manifest!.operations.filter(isWanted).map(\.name)
        guard !operations.isEmpty else { throw Stop(.skip(.without("operation of that kind"))) }
        throw Stop(.skip(.noSamples(operations: operations)))
    }

    func operation(of sample: CheckSheet.Sample) -> Operation { manifest!.operation(sample.operation)! }
}
