/// A mistake in a definition: what it is, and where it stands.
public struct DefinitionError: Error, Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable {
        case error
        /// The definition will run; its author should know.
        case warning
    }

    public let fact: Fact
    public let at: JSONPointer
    /// Nil only where the text has no such place, as for a key that is missing at the very top.
    public let position: JSONPosition?

    public init(_ fact: Fact, at: JSONPointer, position: JSONPosition?) {
        self.fact = fact
        self.at = at
        self.position = position
    }

    public enum Fact: Sendable, Hashable {
        // The text
        case notJSON(JSONError)
        case tooLarge(bytes: Int, limit: Int)
        case notADefinition(found: String)

        // Keys and values of the definition, a step, a retry, a compensation
        case missingKey(String, of: Part)
        case unknownKey(String, of: Part, known: [String])
        /// Keys of `wait` or `signal` that stand beside it.
        case keysOutside([String], form: String, step: String)
        case wrongType(key: String, of: Part, found: String, expected: String)
        case outOfRange(key: String, of: Part, found: String, expected: String)
        case badName(String, of: Part)
        /// - Parameter place: the key whose list is empty.
        case noSteps(place: String)
        case tooManySteps(count: Int, limit: Int)
        case tooDeep(limit: Int)
        case inputsSchema(JSONSchemaProblem)
        /// Inputs as members of `inputs` itself.
        case inputsOutsideProperties([String])
        case inputsNotAnObject(found: String)
        case requiredNotDeclared(String, known: [String])
        case wrongDefault(SchemaViolation, input: String)

        // Steps
        case stepIsNeither(number: Int, found: String)
        case severalForms([String], step: String)
        case badItemName(String, step: String)
        case itemNameTwice(String, step: String)
        case unknownCode(String, of: Part)
        case skippedCompensation(key: String, step: String)
        case signalSchema(JSONSchemaProblem, step: String)
        case uselessKey(String, step: String, needs: String)
        case unknownSaga(String, step: String, known: [String])
        case sagaWithinItself(String, step: String)
        case otherVersion(String, step: String, wanted: String, found: String)
        /// - Parameter line: where the first of them says so.
        case duplicateStepID(String, first: Int, line: Int?, second: Int)
        case usesIsNoName(String, step: String)
        case unknownPlugin(String, step: String, suggestion: String?)
        case refusedPlugin(String, step: String, reason: String)
        case unknownOperation(OperationName, step: String, known: [String])
        case with(SchemaViolation, step: String, operation: OperationName)
        /// What takes the step back is given what the step was.
        case compensatorInput(SchemaViolation, step: String, operation: OperationName)

        // Expressions
        case unterminated(String)
        case emptyExpression
        case noLeadingDot(String)
        case notAnExpression(String, Expression.Problem)
        /// Only libjq understands it, so nothing is known of what it reads.
        case notProven(expression: String)
        case unknownRoot(String, root: String, known: [String])
        case unknownInput(String, expression: String, known: [String])
        case inputMayBeMissing(String, expression: String)
        case unknownStep(String, expression: String, known: [String])
        case stepComesLater(String, step: String, expression: String)
        case stepIsItself(String, expression: String)
        /// It is done at the same time, in another branch.
        case stepInOtherBranch(String, step: String, expression: String)
        /// It is done once for each item, or belongs to a list that may not be done.
        case stepWithin(String, expression: String, holder: String)
        case stepMayBeSkipped(String, expression: String)
        /// It stands inside a value that is no object.
        case noSuchMember(String, of: String, expression: String, known: [String])
        case notAnOutput(expression: String)
        case noSuchOutput(String, step: String, operation: OperationName, expression: String, known: [String])
        case outputMayBeMissing(String, step: String, operation: OperationName, expression: String)
        case nobodySets(String, expression: String, known: [String])
        case unknownRunField(String, expression: String)
        case wrongReferenceType(expression: String, found: [String], place: String, expected: [String])

        case conditionIsNoExpression(step: String)
        case pivotWithin(step: String)
        case wrongValue(key: String, step: String, expression: String, found: [String], expected: [String])

        // What a run could not do
        /// Whatever the run is given: jq has no value for it.
        case alwaysFails(expression: String)
        case irreversibleNotLast(step: String, operation: OperationName, next: String)
        case proof(ProofFinding)
    }

    /// The part of a definition a key belongs to.
    public enum Part: Sendable, Hashable {
        case definition
        case definitions
        case input(String)
        case step(String)
        /// `wait` or `signal`.
        case form(String, step: String)
        case retry(step: String)
        case compensation(step: String)
        case compensationRetry(step: String)
    }

    public var severity: Severity {
        switch fact {
        case .irreversibleNotLast, .outputMayBeMissing, .notProven: .warning
        case .proof(let finding): finding.severity
        default: .error
        }
    }
}
