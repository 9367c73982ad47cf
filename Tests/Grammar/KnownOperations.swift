public import SagaCore

/// Operations without a plugin behind them, found by their names.
public struct KnownOperations: OperationCatalog {
    public let operations: [Operation]
    private let byName: [OperationName: Operation]
    private let byPlugin: [String: [String]]

    public init(_ operations: [Operation]) {
        self.operations = operations
        byName = Dictionary(operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        byPlugin = Dictionary(grouping: operations, by: \.name.plugin).mapValues { $0.map(\.name.operation) }
    }

    public func lookUp(_ name: OperationName) -> OperationLookup {
        if let operation = byName[name] { return .found(operation) }
        return byPlugin[name.plugin].map { .noOperation(known: $0) } ?? .noPlugin
    }

    public var operationNames: [OperationName] { operations.map(\.name) }
}

extension KnownOperations {
    /// What manifests say of their operations, without looking for plugins.
    public init(manifests: [JSONValue]) throws(JSONSchemaProblem) {
        var operations: [Operation] = []
        for manifest in manifests {
            for entry in manifest["operations"]?.arrayValue ?? [] {
                operations.append(try Operation(entry, of: manifest))
            }
        }
        self.init(operations)
    }
}

extension Operation {
    fileprivate init(_ entry: JSONValue, of manifest: JSONValue) throws(JSONSchemaProblem) {
        func flag(_ key: String) -> Bool { entry[key]?.boolValue ?? false }
        func calls(_ way: String) -> Int? { entry["api_calls"]?[way]?.intValue.map { Int($0) } }
        self.init(
            name: OperationName(
                plugin: manifest["id"]?.stringValue ?? "", operation: entry["name"]?.stringValue ?? ""),
            summary: entry["summary"]?.stringValue ?? "", input: try JSONSchema(entry["input"] ?? true),
            output: try JSONSchema(entry["output"] ?? true), isCompensable: flag("compensable"),
            isProbeable: flag("probeable"), isIdempotent: flag("idempotent"), isIrreversible: flag("irreversible"),
            timeoutSeconds: (entry["timeout_seconds"] ?? manifest["timeout_seconds"])?.doubleValue,
            isPlannable: flag("plannable"),
            apiCalls: APICalls(execute: calls("execute"), compensate: calls("compensate")))
    }
}
