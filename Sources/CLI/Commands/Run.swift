internal import ArgumentParser
internal import Glibc
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia run FILE`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a definition to its end and show what happened.",
        discussion: """
            EXAMPLES
              arcadia run trip.json --input city=Riga --input seats=2
              arcadia run trip.json --inputs inputs.json --output json
              echo '["core.echo", "core.fail"]' | arcadia run -
              arcadia run trip.json --idempotency-key order-4711  once a key
              arcadia run trip.json --detach                        only record it
              arcadia run --plan plan.json      just what was planned, or nothing

            How a definition is written: `arcadia explain definitions`.

            Exits with 0 completed, 1 rolled_back, 2 failed (a person is needed).
            Kill it at any moment: `arcadia resume` goes on from the last durable line.

            \(RoleNeed.help(.submitRuns))
            """)

    @Argument(
        help: "A definition file, `-` for stdin, or a definition's name: `trip`, `trip@2`; with --plan the planned one."
    )
    var file: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("An input of the run; may be repeated.", valueName: "name=value"))
    var input: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("A file with all inputs as a JSON object, `-` for stdin.", valueName: "file"))
    var inputs: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Make the run once only: with a key that was used before, that run is shown.", valueName: "key"))
    var idempotencyKey: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A plan of `arcadia plan --out`: run that, and nothing if the definition, a plugin or an input is another now.",
            valueName: "file"))
    var plan: String?

    @Flag(name: .long, help: "Record the run and return; a host that is running, or `arcadia resume`, drives it.")
    var detach = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard file == nil, plan == nil else { return }
        throw ValidationError("there is nothing to run; expected a definition, or `--plan FILE`")
    }

    func run() throws {
        let wiring = Wiring(options)
        let planned = try plan.map { path throws(Failure) in try PlanFile(reading: path, wiring) }
        let file = try definition(planned)
        if file == "-", inputs == "-" {
            throw Failure("usage", "both the definition and the inputs are to come from stdin", exit: .usage)
        }
        let read = { (schema: JSONSchema) throws(Failure) in try inputs(of: schema, planned, wiring) }
        if let server = try wiring.server() {
            let submission = try ServerSubmission(
                server, wiring, definition: file, idempotencyKey: idempotencyKey, inputs: read)
            try planned?.hold(against: submission.plan(asksPlugins: false))
            return detach ? try submission.record() : try submission.drive()
        }
        let submission = RunSubmission(
            wiring, definition: file, idempotencyKey: idempotencyKey, planned: planned, inputs: read)
        if detach { try submission.record() } else { try submission.drive() }
    }

    private func definition(_ planned: PlanFile?) throws(Failure) -> String {
        guard let planned else { return file ?? "-" }
        guard let file = file ?? planned.definition else {
            throw Failure(
                "usage", "\(planned.path) does not say which file was planned: it came from stdin",
                hint: "name the file: `arcadia run FILE --plan \(planned.path)`", exit: .usage)
        }
        return file
    }

    /// The planned inputs where none are given.
    private func inputs(
        of schema: JSONSchema, _ planned: PlanFile?, _ wiring: Wiring
    ) throws(Failure) -> JSONValue {
        if let planned, input.isEmpty, inputs == nil { return try RunInputs.checked(planned.inputs, schema) }
        return try RunInputs.read(pairs: input, file: inputs, schema: schema, wiring: wiring)
    }
}

enum SagaCLI {
    static func runs(_ number: Int) -> String { count(number, "run") }
}

/// The store's errors in the command's words.
func storing<Value>(_ body: () throws(StoreError) -> Value) throws(Failure) -> Value {
    do throws(StoreError) {
        return try body()
    } catch {
        throw Failure(error)
    }
}

/// A run at its end, shown, and the exit code that goes with it.
struct RunResult {
    let view: RunView
    /// As the API tells it.
    private let json: JSONValue
    private let now: Timestamp

    init(json: JSONValue, _ view: RunView, now: Timestamp) { (self.json, self.view, self.now) = (json, view, now) }

    init(_ key: RunKey, store: SQLRunStore, catalog: PluginCatalog, wiring: Wiring) throws(Failure) {
        guard let stored = try storing({ () throws(StoreError) in try store.load(key) }) else {
            throw Failure("run.gone", "the run is not in the database any more", exit: .unavailable)
        }
        let view = RunView(stored, catalog: catalog)
        self.init(json: view.json, view, now: wiring.clock.now)
    }

    func show() {
        if Terminal.output == .table {
            for line in lines { Terminal.print(line) }
        } else {
            Terminal.print(json: json)
        }
    }

    private var lines: [String] {
        guard let saga = view.saga, let machine = view.machine else {
            return ["run \(view.row.id)  \(view.row.saga)  \(view.row.status.rawValue)"]
        }
        let seconds = Double((view.row.finishedAt ?? now) - view.row.createdAt) / 1000
        let tree = RunTree(
            id: view.row.id, saga: saga, status: view.row.status, machine: machine, now: now, seconds: seconds)
        return tree.lines(width: Terminal.isInteractive ? Terminal.width : nil)
    }

    /// Prints the run unless it was `drawn` already, then ends with what its status means.
    func finish(drawn: Bool, blocked: String?) throws(Failure) {
        if !drawn { show() }
        if let error = view.machine?.outputError {
            Terminal.say("warn: everything is done, and the output cannot be told: \(error.message)")
            if let hint = error.hint { Terminal.say("hint: \(hint)") }
        }
        if var failure = failure(blocked: blocked) {
            failure.isAfterResult = true
            throw failure
        }
    }

    private func failure(blocked: String?) -> Failure? {
        let id = view.row.id
        switch view.row.status {
        case .completed: return nil
        case .rolledBack:
            return Failure("run.rolled_back", "run \(id) was rolled back: \(errorMessage)", exit: .rolledBack)
        case .failed:
            let then = goesOn ? "goes on with it" : "tries to take it back again"
            return Failure(
                "run.failed", "run \(id) failed and a person is needed: \(leftBehind)",
                hint: "when the cause is mended, `arcadia runs retry \(id)` \(then)", exit: .failed)
        case .pending, .running, .compensating:
            if let reason = view.row.paused {
                return Failure(
                    "run.paused", "run \(id) is paused: \(reason)",
                    hint: "`arcadia runs resume \(id) --reason WHY` lets it go on", exit: .unavailable)
            }
            guard let reason = blocked ?? view.row.blocked else { return nil }
            return Failure(
                "run.blocked", "run \(id) cannot go on: \(reason)",
                hint: "when that is mended, `arcadia resume` goes on",
                exit: .unavailable)
        }
    }

    private var errorMessage: String { view.row.error?["message"]?.stringValue ?? "no reason is known" }

    /// A retry of the failed run goes forward: it is past its pivot, and nothing is being taken back.
    private var goesOn: Bool {
        view.machine?.haltedSteps.isEmpty == false && !view.steps.contains { $0.status == .compensationFailed }
    }

    private var leftBehind: String {
        let steps = view.steps.filter { $0.status == .compensationFailed }
        let words = steps.map {
            "step \"\($0.id)\" (\($0.uses)) could not be taken back: \($0.record.error?.message ?? "")"
        }
        return (words + [errorMessage]).joined(separator: "; ")
    }
}
