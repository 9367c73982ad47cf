internal import Glibc
internal import SagaCore

/// A plan in a file: what `plan --out` writes and `run --plan` holds a run against.
struct PlanFile {
    let path: String
    let plan: JSONValue

    /// The file or name that was planned; nil: it came from stdin.
    var definition: String? { plan["file"]?.stringValue }
    var inputs: JSONObject { plan["inputs"]?.objectValue ?? [:] }

    init(reading path: String, _ wiring: Wiring) throws(Failure) {
        guard let text = wiring.readFile(path) else {
            throw Failure("plan.unreadable", "there is no plan \"\(path)\"", hint: Self.remedy, exit: .badData)
        }
        guard let plan = try? JSONValue(parsing: text), plan["definition_hash"]?.stringValue != nil,
            let format = plan["format"]?.intValue
        else {
            throw Failure(
                "plan.not_one", "\(path) is no plan; expected what `arcadia plan FILE --out \(path)` writes",
                hint: Self.remedy, exit: .badData)
        }
        guard format <= Plan.format else {
            throw Failure(
                "plan.newer", "\(path) has format \(format), and this arcadia knows up to \(Plan.format)",
                hint: "plan with the arcadia that runs", exit: .badData)
        }
        (self.path, self.plan) = (path, plan)
    }

    private static let remedy = "`arcadia plan FILE --out plan.json` writes one"

    /// Writes a plan; whoever else is on the machine does not read its inputs.
    ///
    /// - Parameter definition: the file or name that was planned.
    static func write(_ plan: JSONValue, of definition: String, to path: String) throws(Failure) {
        var object = plan.objectValue ?? [:]
        if definition != "-" { object["file"] = .string(definition) }
        let text = JSONValue.object(object).text(pretty: true) + "\n"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Failure(
                "plan.unwritable", "\(path) cannot be written: \(String(cString: strerror(errno)))", exit: .disk)
        }
        defer { close(file) }
        Terminal.write(text, to: file)
    }

    /// Holds the builds that a run is about to use against those that were planned.
    func hold(againstBuilds images: [PluginImage]) throws(Failure) {
        var now = plan.objectValue ?? [:]
        now["plugins"] = .array(
            images.map { ["id": .string($0.plugin), "version": .string($0.version), "hash": .string($0.hash)] })
        try hold(against: .object(now))
    }

    /// - Throws: everything that is another now than when it was planned.
    func hold(against now: JSONValue) throws(Failure) {
        let moves = PlanMove.moves(from: plan, to: now)
        guard let first = moves.first else { return }
        var failure = Failure(
            first.code, first.message, hint: "`arcadia plan FILE --out \(path)` plans it as it is now", exit: .badData)
        failure.more = moves.dropFirst().map { ($0.message, nil) }
        throw failure
    }
}
