internal import PluginHost
internal import SagaCore

/// The operation that is to be called: there, let in, and with the function that is asked for.
struct CallTarget {
    let operation: Operation
    /// `in_process`, `worker`, or `host`.
    let placement: String

    /// - Throws: what stands in the way, before anything is loaded.
    init(_ text: String, _ verb: StepVerb, _ catalog: PluginCatalog) throws(Failure) {
        guard let name = OperationName(text) else { throw Self.noName(text, catalog) }
        switch catalog.lookUp(name) {
        case .found(let operation): self.operation = operation
        case .noPlugin: throw Self.noPlugin(name, catalog)
        case .noOperation(let known): throw Self.noOperation(name, known)
        case .refused(let reason, _):
            let hint = catalog.entry(name.plugin)?.refusal?.hint
            throw Failure(
                "plugin.refused", "plugin \"\(name.plugin)\" was refused: \(reason)", hint: hint, exit: .unavailable)
        }
        try Self.check(operation, has: verb)
        placement = catalog.entry(name.plugin)?.placement ?? "in_process"
    }

    private static func check(_ operation: Operation, has verb: StepVerb) throws(Failure) {
        if verb == .compensate, !operation.isCompensable {
            throw Failure(
                "call.not_compensable", "\(operation.name) has no compensate: there is nothing to take back",
                exit: .unavailable)
        }
        if verb == .probe, !operation.isProbeable {
            throw Failure(
                "call.not_probeable", "\(operation.name) has no probe: it cannot say what became of a call",
                exit: .unavailable)
        }
    }

    private static func noName(_ text: String, _ catalog: PluginCatalog) -> Failure {
        let names = catalog.operationNames.map(\.description)
        let ofPlugin = names.filter { $0.hasPrefix(text + ".") }
        let hint =
            ofPlugin.isEmpty ? suggestion(text, names) : "it has " + list(ofPlugin.map { $0.dropFirst(text.count + 1) })
        return Failure(
            "call.operation", "\"\(text)\" is no operation; expected PLUGIN.OPERATION, such as core.echo", hint: hint,
            exit: .usage)
    }

    private static func noPlugin(_ name: OperationName, _ catalog: PluginCatalog) -> Failure {
        Failure(
            "plugin.unknown", "there is no plugin \"\(name.plugin)\"",
            hint: suggestion(name.description, catalog.operationNames.map(\.description))
                ?? closest(to: name.plugin, among: catalog.ids).map { "did you mean \"\($0)\"?" }
                ?? "`--plugins DIR` names the folder it is in; `arcadia plugins list` shows what there is",
            exit: .unavailable)
    }

    private static func noOperation(_ name: OperationName, _ known: [String]) -> Failure {
        Failure(
            "plugin.unknown_operation", "plugin \"\(name.plugin)\" has no operation \"\(name.operation)\"",
            hint: suggestion(name.operation, known) ?? "it has \(list(known))", exit: .unavailable)
    }

    /// A slip of the finger, or the same words in another order.
    private static func suggestion(_ text: String, _ known: [String]) -> String? {
        let near = closest(to: text, among: known) ?? known.first { words(of: $0) == words(of: text) }
        return near.map { "did you mean \"\($0)\"?" }
    }

    private static func words(of name: String) -> Set<Substring> { Set(name.split { "._-".contains($0) }) }

    private static func list(_ names: [some StringProtocol]) -> String { names.joined(separator: ", ") }
}
