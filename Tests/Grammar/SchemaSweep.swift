public import SagaCore

/// Generated definitions, each judged by the schema for editors and by the check that decides.
public struct SchemaSweep {
    /// A definition that the two judged otherwise.
    public struct Disagreement: CustomStringConvertible {
        public let definition: JSONValue
        /// What each of the two says against it.
        public let check: [String]
        public let schema: [String]

        public var description: String { "\(definition.text)\ncheck: \(check)\nschema: \(schema)" }
    }

    public private(set) var count = 0
    public private(set) var rejected = 0
    public private(set) var disagreements: [Disagreement] = []
    private var random: SeededGenerator
    private let judges = SchemaJudges(NearDefinition.catalog)

    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Judges so many more.
    public mutating func go(on more: Int) {
        for _ in 0..<more {
            let definition = NearDefinition.definition(using: &random)
            let check = DefinitionCheck(definition.text, catalog: judges.catalog)
            let violations = judges.violations(of: definition)
            count += 1
            if !violations.isEmpty { rejected += 1 }
            judges.disagreement(on: definition, check, violations).map { disagreements.append($0) }
        }
    }
}

/// The schema of some operations, beside the check against them.
public struct SchemaJudges: Sendable {
    public let catalog: KnownOperations
    private let schema: JSONSchema

    public init(_ catalog: KnownOperations) {
        self.catalog = catalog
        do {
            schema = try JSONSchema(DefinitionSchema(operations: catalog.operations).json)
        } catch {
            preconditionFailure("the schema for editors does not compile: \(error)")
        }
    }

    public func violations(of definition: JSONValue) -> [SchemaViolation] { schema.violations(of: definition) }

    /// Nil: both take it, or neither.
    public func disagreement(
        on definition: JSONValue, _ check: DefinitionCheck, _ violations: [SchemaViolation]
    ) -> SchemaSweep.Disagreement? {
        let shape = check.findings.filter(\.isShape)
        guard shape.isEmpty != violations.isEmpty else { return nil }
        return SchemaSweep.Disagreement(
            definition: definition, check: shape.map(\.message), schema: violations.map(\.message))
    }
}
