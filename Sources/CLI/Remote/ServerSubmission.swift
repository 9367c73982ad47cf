internal import PluginHost
internal import SagaCore

/// A run made on a server, as `RunSubmission` makes it here.
struct ServerSubmission {
    private let server: ServerConnection
    private let runs: ServerRuns
    private let source: DefinitionSource
    private let inputs: JSONValue
    private let idempotencyKey: String?

    /// - Throws: every mistake of the definition, or of the inputs.
    init(
        _ server: ServerConnection, _ wiring: Wiring, definition: String, idempotencyKey: String? = nil,
        inputs: (_ schema: JSONSchema) throws(Failure) -> JSONValue
    ) throws {
        self.server = server
        self.idempotencyKey = idempotencyKey
        runs = ServerRuns(server, wiring.clock)
        source = try DefinitionSource(definition, wiring: wiring, server: server)
        try source.pass(server.get(source.checking))
        self.inputs = try inputs(source.inputs)
    }

    /// Makes the run and follows it to its end, which is shown; the failure that is thrown has the exit code that says it.
    func drive() throws {
        let (id, isNew) = try make()
        if !isNew { Terminal.say("note: run \(id) was made with this idempotency key before") }
        try runs.followToEnd(id, isQuiet: !isNew || Terminal.output != .table)
    }

    /// Makes the run and leaves it to the server.
    func record() throws {
        let (id, _) = try make()
        guard Terminal.output == .table else { return try runs.result(id).show() }
        Terminal.print(id.description)
        Terminal.say("hint: `arcadia runs watch \(id)` follows it, `arcadia runs show \(id)` shows it")
    }

    func plan(asksPlugins: Bool) throws(Failure) -> JSONValue {
        var body = source.body(with: inputs)
        if !asksPlugins { body["ask_plugins"] = .bool(false) }
        return try server.get(.post("definitions", "plan", body: body))
    }

    private func make() throws(Failure) -> (RunID, isNew: Bool) {
        var request = ServerRequest.post("runs", body: source.body(with: inputs))
        if let idempotencyKey { request.headers = [("Idempotency-Key", idempotencyKey)] }
        let answer = try server.send(request)
        guard let id = answer.json["run_id"]?.stringValue.flatMap({ RunID($0) }) else {
            throw Failure(ServerTrouble.notArcadia(server: server.place.words, status: answer.status))
        }
        return (id, answer.status == 201)
    }
}

extension DefinitionSource {
    /// In the words of the API: `{text, name}`
    var body: JSONObject { ["text": .string(text), "name": .string(name)] }

    func body(with inputs: JSONValue) -> JSONObject {
        var body = body
        body["inputs"] = inputs
        return body
    }

    /// What asks a server to check it.
    var checking: ServerRequest { .post("definitions", "check", body: body) }

    /// What it declares as its inputs.
    var inputs: JSONSchema { Saga(unchecked: text, fallbackName: name)?.inputs ?? .anything }
}
