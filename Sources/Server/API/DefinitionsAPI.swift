internal import Identity
internal import PluginHost
public import SagaCore
public import Storage

/// Definitions: kept, looked at, checked and planned.
struct DefinitionsAPI: Sendable {
    let context: ServerContext

    var handlers: [String: API.Handler] {
        [
            "listDefinitions": list, "createDefinition": { try put($0, name: nil) },
            "putDefinition": { try put($0, name: $0.text("name")) }, "getDefinition": show,
            "listDefinitionVersions": versions, "diffDefinitions": diff, "checkDefinition": check,
            "planDefinition": plan,
        ]
    }

    private func shelf(_ call: APICall) -> DefinitionShelf {
        DefinitionShelf(context.store, context.catalog, tenant: call.scope.tenant)
    }

    // MARK: - Looking

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        let words = call.text("q")
        let all = try shelf(call).all().filter { entry in words.map(entry.holds) ?? true }
        return try page(call, all, key: "definitions") { $0.name }
    }

    @Sendable private func versions(_ call: APICall) throws -> APIAnswer {
        let all = try shelf(call).versions(of: call.text("name") ?? "")
        return try page(call, all, key: "versions") { $0.hash }
    }

    /// A cursor is the entry that a page ended with, so that a new one does not move the next page.
    private func page(
        _ call: APICall, _ all: [DefinitionEntry], key: String, _ place: (DefinitionEntry) -> String
    ) throws -> APIAnswer {
        var rest = all[...]
        if let cursor = call.text("cursor") {
            guard cursor.hasPrefix("after."),
                let last = all.firstIndex(where: { place($0) == cursor.dropFirst("after.".count) })
            else { throw APIProblem.cursor }
            rest = all[(last + 1)...]
        }
        let page = rest.prefix(call.limit)
        let next = page.count < rest.count ? page.last.map { JSONValue.string("after." + place($0)) } : nil
        return .json([key: .array(page.map { .object($0.summary) }), "next": next ?? .null])
    }

    @Sendable private func show(_ call: APICall) throws -> APIAnswer {
        .json(.object(try shelf(call).find(call.text("name") ?? "", version: call.text("version")).document))
    }

    @Sendable private func diff(_ call: APICall) throws -> APIAnswer {
        let shelf = shelf(call)
        func side(_ version: String?) throws -> DefinitionDiff.Side {
            let entry = try shelf.find(call.text("name") ?? "", version: version)
            do {
                return try DefinitionDiff.Side(label: entry.reference, text: entry.text)
            } catch {
                throw APIProblem(422, "definition.not_json", "\(entry.reference): \(error.message)")
            }
        }
        return .json(try DefinitionDiff(from: side(call.text("from")), to: side(call.text("to"))).json)
    }

    // MARK: - Keeping

    private func put(_ call: APICall, name: String?) throws -> APIAnswer {
        let saga = try sound(text(call), call)
        if let name, name != saga.name { throw DefinitionRefusal(.otherName(saga.name, given: name)) }
        let (entry, isNew) = try context.store.definitions.put(
            saga, by: call.identity.subject, tenant: call.scope.tenant, at: call.now,
            witness: context.witness(call, .definitionPut))
        var answer = APIAnswer.json(.object(entry.document), status: isNew ? 201 : 200)
        if isNew { answer.headers["Location"] = "/api/v1/definitions/\(entry.name)" }
        return answer
    }

    // MARK: - Checking

    @Sendable private func check(_ call: APICall) throws -> APIAnswer {
        .json(.object(checked(text(call), call).report(on: text(call))))
    }

    @Sendable private func plan(_ call: APICall) throws -> APIAnswer {
        let text = try written(call)
        let saga = try sound(text, call)
        let inputs = try inputs(call, of: saga)
        let plan = context.catalog.plan(
            of: saga, inputs: inputs, warnings: checked(text, call).warnings,
            asksPlugins: asksPlugins(call), expressions: context.expressions, at: call.now)
        return .json(plan.json)
    }

    /// A plugin that is asked looks at the account with the operator's token: for those alone who might run it.
    private func asksPlugins(_ call: APICall) -> Bool {
        call.identity.may(.submitRuns) && call.body?["ask_plugins"]?.boolValue != false
    }

    /// What a submission asks to run: the saga, and its inputs with their defaults.
    func prepared(_ call: APICall) throws -> (Saga, JSONValue) {
        let saga = try sound(written(call), call)
        return (saga, try inputs(call, of: saga))
    }

    /// The text in the body, or of the definition it names.
    private func written(_ call: APICall) throws -> String {
        guard let name = call.body?["saga"]?.stringValue else { return text(call) }
        return try shelf(call).find(name, version: call.body?["version"]?.stringValue).text
    }

    private func text(_ call: APICall) -> String {
        call.body?["text"]?.stringValue ?? (call.body?["definition"] ?? .null).text(pretty: true)
    }

    /// Of a definition that does not name itself.
    private func name(_ call: APICall) -> String { call.body?["name"]?.stringValue ?? "definition" }

    /// With the definitions that it names.
    private func checked(_ text: String, _ call: APICall) -> DefinitionCheck {
        DefinitionCheck(
            DefinitionBundle.text(of: text, library: shelf(call)), fallbackName: name(call), catalog: context.catalog)
    }

    /// - Throws: 422 with every mistake.
    private func sound(_ text: String, _ call: APICall) throws(APIProblem) -> Saga {
        let check = checked(text, call)
        if let saga = check.saga { return saga }
        let first = check.errors[0]
        var problem = APIProblem(422, first.code, first.message, hint: first.hint, at: first.at.description)
        problem.findings = check.errors.prefix(1000).map(\.json)
        throw problem
    }

    private func inputs(_ call: APICall, of saga: Saga) throws(APIProblem) -> JSONValue {
        let filled = saga.inputs.fillingDefaults(in: call.body?["inputs"] ?? [:])
        let violations = saga.inputs.violations(of: filled)
        guard let first = violations.first else { return filled }
        throw APIProblem(inputs: first, violations, known: saga.inputs.propertyNames)
    }
}

extension APIProblem {
    public static let cursor = APIProblem(
        400, "request.cursor", "`cursor` is no place in this list; expected what `next` of the page before says")

    /// What a run is to begin with does not fit its definition.
    init(inputs first: SchemaViolation, _ violations: [SchemaViolation], known: [String]) {
        self.init(
            422, "inputs.\(first.fact.code)", "inputs: \(first.message)",
            hint: known.isEmpty
                ? "the definition declares no inputs" : "the inputs are \(known.joined(separator: ", "))",
            at: "/inputs" + first.at.description)
        guard violations.count > 1 else { return }
        findings = violations.prefix(1000).map { violation in
            [
                "code": .string("inputs.\(violation.fact.code)"), "message": .string("inputs: \(violation.message)"),
                "at": .string("/inputs" + violation.at.description),
            ]
        }
    }

    public init(_ refusal: DefinitionRefusal) {
        let status =
            switch refusal.fact {
            case .unknown: 404
            case .otherText: 409
            case .otherName: 422
            }
        self.init(status, refusal.code, refusal.message, hint: refusal.hint)
    }

    public init(_ refusal: RunRefusal) {
        switch refusal.fact {
        case .inputs(let violations, let names):
            guard let first = violations.first else { fallthrough }
            self.init(inputs: first, violations, known: names)
        case .unknown: self.init(404, refusal.code, refusal.message, hint: refusal.hint)
        // Who may not is written down.
        case .signalSender, .fourEyes: self.init(403, refusal.code, refusal.message, hint: refusal.hint)
        case .noStep, .stepWithin, .badSignalName: self.init(422, refusal.code, refusal.message, hint: refusal.hint)
        default: self.init(409, refusal.code, refusal.message, hint: refusal.hint)
        }
    }
}
