public import SagaCore

/// Operations that exist only by name: what a definition is checked against where no plugin is needed.
public struct ListedOperations: OperationCatalog {
    public var operations: [Operation]
    public var refused: [String: String] = [:]
    /// Requests that a plugin's credentials are good for in an hour.
    public var hourly: [String: Int] = [:]

    public init(_ operations: [Operation], refused: [String: String] = [:]) {
        self.operations = operations
        self.refused = refused
    }

    public func lookUp(_ name: OperationName) -> OperationLookup {
        if let reason = refused[name.plugin] { return .refused(reason: reason, nil) }
        if let found = operations.first(where: { $0.name == name }) { return .found(found) }
        let known = operations.filter { $0.name.plugin == name.plugin }.map(\.name.operation)
        return known.isEmpty ? .noPlugin : .noOperation(known: known)
    }

    public var operationNames: [OperationName] { operations.map(\.name) }
    public func requestsPerHour(of plugin: String) -> Int? { hourly[plugin] }
}

extension SignalOperations {
    /// What a host offers: the forms `wait` and `signal` are calls of these.
    public static let listed: [Operation] = {
        let manifest = try! JSONValue(parsing: Self.manifest)
        return (manifest["operations"]?.arrayValue ?? []).map {
            Operation(
                name: OperationName(plugin: id, operation: $0["name"]?.stringValue ?? ""),
                input: try! JSONSchema($0["input"] ?? true), output: try! JSONSchema($0["output"] ?? true),
                isIdempotent: true)
        }
    }()
}

extension Operation {
    /// An operation of plugin "test".
    public static func test(
        _ name: String, input: JSONValue = true, output: JSONValue = true, compensable: Bool = true,
        probeable: Bool = false, idempotent: Bool = false, irreversible: Bool = false
    ) -> Operation {
        Operation(
            name: OperationName(plugin: "test", operation: name), input: try! JSONSchema(input),
            output: try! JSONSchema(output), isCompensable: compensable, isProbeable: probeable,
            isIdempotent: idempotent, isIrreversible: irreversible)
    }
}

extension Saga {
    /// A saga whose steps are called a, b, c … and use these operations.
    public static func test(
        _ operations: [Operation], retry: RetryPolicy = .execution,
        compensation: CompensationPolicy = CompensationPolicy()
    ) -> Saga {
        let steps = operations.enumerated().map { index, operation in
            Step(
                id: String(UnicodeScalar(UInt8(97 + index))), number: index + 1, uses: operation.name,
                with: .literal([:]), retry: retry, compensation: compensation, operation: operation)
        }
        return Saga(
            name: "test", version: nil, definition: "{}", definitionHash: "", inputs: .anything, steps: steps)
    }
}
