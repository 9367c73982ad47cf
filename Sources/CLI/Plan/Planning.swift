internal import PluginHost
internal import SagaCore
internal import Storage

/// How a plan comes to be: here, or on a server.
struct Planning {
    private let wiring: Wiring
    private let definition: String
    private let asksPlugins: Bool
    private let inputs: (_ schema: JSONSchema) throws(Failure) -> JSONValue

    /// - Parameters:
    ///   - definition: a file, `-` for stdin, or a name.
    ///   - asksPlugins: those that can are asked what they would do.
    init(
        _ wiring: Wiring, definition: String, asksPlugins: Bool,
        inputs: @escaping (_ schema: JSONSchema) throws(Failure) -> JSONValue
    ) {
        self.wiring = wiring
        self.definition = definition
        self.asksPlugins = asksPlugins
        self.inputs = inputs
    }

    /// The plan, as the API tells it.
    func plan() throws -> JSONValue { try wiring.server().map(there) ?? here() }

    private func here() throws -> JSONValue {
        let catalog = try wiring.catalog(try wiring.existingStore())
        let source = try DefinitionSource(definition, wiring: wiring, catalog: catalog)
        let saga = try source.saga(catalog)
        // Who is asked is loaded from a copy that lies in the data folder.
        if asksPlugins, saga.steps.contains(where: { $0.operation?.isPlannable == true }) {
            _ = try wiring.dataFolder()
        }
        return catalog.plan(
            of: saga, inputs: try inputs(saga.inputs), warnings: source.check(catalog).warnings,
            asksPlugins: asksPlugins, expressions: wiring.expressions, at: wiring.clock.now
        ).json
    }

    private func there(_ server: ServerConnection) throws -> JSONValue {
        try ServerSubmission(server, wiring, definition: definition, inputs: inputs).plan(asksPlugins: asksPlugins)
    }
}
