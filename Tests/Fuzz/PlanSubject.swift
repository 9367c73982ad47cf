internal import SagaCore

@testable internal import PlanDrawing

/// A sound definition: the plan of a run of it, in every form that it is shown in.
struct PlanSubject {
    private let saga: Saga
    private let warnings: [DefinitionError]

    init(_ saga: Saga, _ warnings: [DefinitionError]) { (self.saga, self.warnings) = (saga, warnings) }

    func go() {
        _ = Saga(ofStored: saga.definition, fallbackName: "fuzz", catalog: NoOperations())
        guard let inputs = MadeInputs.fitting(saga.inputs) else { return }
        let plan = self.plan(inputs).json
        demand((try? JSONValue(parsing: plan.text)) == plan, "a plan does not read back")
        demand(PlanMove.moves(from: plan, to: plan).isEmpty, "a plan has moved from itself")
        _ = PlanText(plan).lines
        draw(PlanGraph(plan))
    }

    private func plan(_ inputs: JSONValue) -> Plan {
        let plugins = saga.plugins.map {
            PlannedPlugin(
                image: PluginImage(plugin: $0, version: "1.0.0", hash: "00"), placement: "worker", signer: nil,
                credentials: [PlannedPlugin.Credential(name: $0, perMinute: 250, perHour: 5000)],
                http: [PlannedPlugin.HTTPHost(host: "api.example.com", methods: ["GET"])], writes: ["/var"],
                startsPrograms: false)
        }
        let bare = Plan(saga, inputs: inputs, at: Self.now)
        let told = bare.calls.filter { $0.step.operation?.isPlannable == true }.map {
            ($0.step.number, ForecastAnswer.told(Self.forecast))
        }
        return Plan(
            saga, inputs: inputs, warnings: warnings, plugins: plugins,
            forecasts: Dictionary(told, uniquingKeysWith: { first, _ in first }), at: Self.now)
    }

    private static let now = Timestamp(milliseconds: 1_790_000_000_000)

    /// The dearest that can be told.
    private static let forecast = Forecast(
        resources: ["create", "change", "delete"].map { action in
            PlannedResource(
                action: PlannedResource.Action(rawValue: action) ?? .create, kind: "droplet", name: "web",
                price: PlannedMoney("999999999999.999999").map {
                    MonthlyPrice(amount: $0, currency: "USD", asOf: "2026-01-01")
                })
        })

    /// No drawing holds what would end a line, a text or an element of it early.
    private func draw(_ graph: PlanGraph) {
        for drawing in [PlanMermaid(graph).text, PlanDot(graph).text, PlanSVG(graph).text] {
            demand(
                !drawing.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "a drawing has control characters")
        }
    }

    private struct NoOperations: OperationCatalog {
        var operationNames: [OperationName] { [] }
        func lookUp(_ name: OperationName) -> OperationLookup { .noPlugin }
    }
}

/// Inputs that fit a schema, as far as trying finds some.
enum MadeInputs {
    private static let tries: [JSONValue] = [
        "a", 1, true, [1, 2], [:], ["a", "b"], "a1", 0, .number("2.5"), [], "2030-01-01T00:00:00Z", .null, ["a": 1],
    ]

    static func fitting(_ schema: JSONSchema) -> JSONValue? {
        var inputs = schema.fillingDefaults(in: [:]).objectValue ?? [:]
        for name in schema.propertyNames where inputs[name] == nil {
            guard let property = schema.property(name) else { continue }
            inputs[name] = tries.first { property.violations(of: $0).isEmpty }
        }
        let made = JSONValue.object(inputs)
        return schema.violations(of: made).isEmpty ? made : nil
    }
}
