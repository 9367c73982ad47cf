public import Identity
public import SagaCore
public import Scheduling

extension API {
    /// The API of a host: every operation of the document with its handler.
    ///
    /// - Parameters:
    ///   - codes: of login links.
    ///   - hub: looked at by whoever starts the server.
    /// - Throws: `APIDocumentProblem`, `JSONError`: the document in the program is not sound.
    public static func ofHost(
        _ context: ServerContext, schedules: Schedules, hub: StreamHub, codes: LoginCodes,
        configuration: ServerConfiguration, metrics: Metrics
    ) throws -> API {
        let page = Page()
        let document = try APIDocument(JSONValue(parsing: String(decoding: page.document, as: UTF8.self)))
        let doorkeeper = Doorkeeper(
            verifier: configuration.verifier, sessions: Sessions(), perCaller: configuration.perCaller,
            perTenant: configuration.perTenant)
        let definitions = DefinitionsAPI(context: context)
        let runs = RunsAPI(context: context, definitions: definitions)
        let scheduling = SchedulesAPI(context: context, schedules: schedules)
        var handlers = HealthAPI(
            context: context, page: page, metrics: metrics, hub: hub, version: configuration.version
        )
        .handlers
        for others in [
            SessionAPI(doorkeeper: doorkeeper, codes: codes, configuration: configuration).handlers, runs.handlers,
            EventsAPI(context: context, runs: runs, schedules: scheduling, hub: hub).handlers, definitions.handlers,
            PluginsAPI(context: context).handlers, InventoryAPI(context: context).handlers,
            DriftAPI(context: context).handlers, BillingAPI(context: context).handlers, scheduling.handlers,
            AuditAPI(context: context).handlers,
        ] { handlers.merge(others) { one, _ in one } }
        let clock = context.clock
        return API(
            document, doorkeeper: doorkeeper, handlers: handlers,
            audit: { denial throws(StoreError) in try context.record(denial) }, now: { clock.now })
    }
}
