/// Definition and known operations in; a saga out, or every mistake in it.
///
/// Proves before a run starts: the operations exist, `with` fits their input, every expression reads something that is
/// there by then and of a type that fits.
public struct DefinitionCheck {
    /// The saga, when there is no error among the findings; warnings do not stand in the way.
    public let saga: Saga?
    /// Errors and warnings, in the order of the text.
    public let findings: [DefinitionError]

    public var errors: [DefinitionError] { findings.filter { $0.severity == .error } }
    public var warnings: [DefinitionError] { findings.filter { $0.severity == .warning } }

    public static let byteLimit = 1 << 20

    /// - Parameters:
    ///   - text: the definition's JSON.
    ///   - fallbackName: what a bare list of steps is called, the file's name say; made to fit.
    public init(_ text: String, fallbackName: String = "unnamed", catalog: any OperationCatalog) {
        (saga, findings) = Self.check(text, fallbackName: fallbackName, catalog: catalog)
    }

    private static func check(
        _ text: String, fallbackName: String, catalog: any OperationCatalog
    ) -> (Saga?, [DefinitionError]) {
        guard text.utf8.count <= byteLimit else {
            return (nil, [DefinitionError(.tooLarge(bytes: text.utf8.count, limit: byteLimit), at: "", position: nil)])
        }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: text)
        } catch {
            return (nil, [DefinitionError(.notJSON(error), at: "", position: error.position)])
        }
        var reader = DefinitionReader(document)
        let definition = reader.read(fallbackName: name(from: fallbackName))
        var pass = CheckPass(reader: reader, definition: definition, catalog: catalog)
        let steps = pass.checkSteps()
        let findings = pass.reader.errors.sorted { ($0.position ?? .start) < ($1.position ?? .start) }
        guard let definition, findings.allSatisfy({ $0.severity == .warning }) else { return (nil, findings) }
        let saga = Saga(
            name: definition.name, version: definition.version, definition: text,
            definitionHash: ContentHash.hex(of: text), inputs: definition.inputs, steps: steps)
        return (saga, findings)
    }

    /// A file's name made into a saga's: `my trip.json` becomes `my_trip`.
    static func name(from file: String) -> String {
        let stem = file.split(separator: "/").last.map { $0.hasSuffix(".json") ? $0.dropLast(5) : $0 } ?? ""
        let plain = stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" }
        let name = String(plain.drop { !$0.isLetter }.prefix(64))
        return name.isEmpty ? "unnamed" : name
    }
}

extension Saga {
    /// A saga for a run that exists already: the definition was checked when the run was made, and what plugins have
    /// become since does not undo that. Operations that are gone are nil; the run waits when it comes to them.
    ///
    /// Nil when the text is no definition at all: then the database was damaged.
    public init?(ofStored definition: String, fallbackName: String, catalog: any OperationCatalog) {
        guard let document = try? JSONDocument(parsing: definition) else { return nil }
        var reader = DefinitionReader(document)
        guard let read = reader.read(fallbackName: fallbackName) else { return nil }
        var pass = CheckPass(reader: reader, definition: read, catalog: catalog)
        self.init(
            name: read.name, version: read.version, definition: definition,
            definitionHash: ContentHash.hex(of: definition), inputs: read.inputs, steps: pass.checkSteps())
    }
}

/// One walk over the steps, in order, knowing what the steps before put out.
private struct CheckPass {
    var reader: DefinitionReader
    let definition: SagaDefinition?
    let catalog: any OperationCatalog

    /// The steps so far: what a later one can read.
    private var earlier: [(step: StepDefinition, operation: Operation?)] = []

    init(reader: DefinitionReader, definition: SagaDefinition?, catalog: any OperationCatalog) {
        self.reader = reader
        self.definition = definition
        self.catalog = catalog
    }

    mutating func checkSteps() -> [Step] {
        guard let definition else { return [] }
        return definition.steps.map { step in
            let operation = step.uses.flatMap { findOperation($0, step: step) }
            let with = checkWith(of: step, operation: operation)
            noteIrreversible(before: step)
            earlier.append((step, operation))
            return Step(
                id: step.id, number: step.number, uses: step.uses ?? OperationName(plugin: "", operation: ""),
                with: with,
                retry: step.retry, timeoutSeconds: step.timeoutSeconds, compensation: step.compensation,
                operation: operation)
        }
    }

    // MARK: - Operations

    private mutating func findOperation(_ name: OperationName, step: StepDefinition) -> Operation? {
        let at = reader.document.value[step.at]?.stringValue == nil ? step.at.appending("uses") : step.at
        switch catalog.lookUp(name) {
        case .found(let operation): return operation
        case .noPlugin:
            let plugins = Set(catalog.operationNames.map(\.plugin)).sorted()
            reader.note(
                .unknownPlugin(name.plugin, step: step.id, suggestion: closest(to: name.plugin, among: plugins)), at: at
            )
        case .refused(let reason, let operation):
            reader.note(.refusedPlugin(name.plugin, step: step.id, reason: reason), at: at)
            return operation
        case .noOperation(let known): reader.note(.unknownOperation(name, step: step.id, known: known), at: at)
        }
        return nil
    }

    /// A step that cannot be taken back should be the last to fail.
    private mutating func noteIrreversible(before step: StepDefinition) {
        guard let last = earlier.last, let operation = last.operation, operation.isIrreversible else { return }
        reader.note(
            .irreversibleNotLast(step: last.step.id, operation: operation.name, next: step.id), at: last.step.at)
    }

    // MARK: - with

    private mutating func checkWith(of step: StepDefinition, operation: Operation?) -> Template {
        let pointer = step.at.appending("with")
        var problems: [Template.Problem] = []
        let template = Template(step.with, at: pointer, problems: &problems)
        for problem in problems { reader.note(Self.fact(of: problem), at: problem.at) }

        var holes: [JSONPointer: SchemaTypes] = [:]
        for (at, expression, isWhole) in template.expressions(at: pointer) {
            let types = checkExpression(expression, in: step, at: at)
            holes[at] = isWhole ? types : .string
        }
        for problem in problems { holes[problem.at] = .any }
        guard let operation else { return template }
        noteViolations(of: step, operation: operation, at: pointer, holes: holes, template: template)
        return template
    }

    private mutating func noteViolations(
        of step: StepDefinition, operation: Operation, at pointer: JSONPointer, holes: [JSONPointer: SchemaTypes],
        template: Template
    ) {
        let whole = Dictionary(
            template.expressions(at: pointer).filter(\.isWhole).map { ($0.at, $0.expression) },
            uniquingKeysWith: { a, _ in a })
        for violation in operation.input.violations(of: step.with, at: pointer, hole: { holes[$0] }) {
            if let expression = whole[violation.at], case .typeMismatch(_, let expected) = violation.fact {
                let found = (holes[violation.at] ?? .any).names
                let place = "`\(violation.at.tokens.last ?? "with")` of step \"\(step.id)\""
                reader.note(
                    .wrongReferenceType(
                        expression: expression.source, found: found, place: place, expected: expected.names),
                    at: violation.at)
            } else {
                let isUnknownKey = if case .unknownProperty = violation.fact { true } else { false }
                let exists = reader.document.position(of: violation.at) != nil
                reader.note(
                    .with(violation, step: step.id, operation: operation.name), at: exists ? violation.at : step.at,
                    key: isUnknownKey && exists)
            }
        }
    }

    private static func fact(of problem: Template.Problem) -> DefinitionError.Fact {
        switch problem.fact {
        case .unterminated(let text): .unterminated(text)
        case .expression(_, .empty): .emptyExpression
        case .expression(let text, .noLeadingDot): .noLeadingDot(trimmed(text))
        case .expression(let text, .unknownRoot(let root)): .unknownRoot(trimmed(text), root: root)
        case .expression(let text, let problem): .notAnExpression(trimmed(text), problem)
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    // MARK: - References

    /// Notes what is wrong with what an expression reads; answers the types it can have.
    private mutating func checkExpression(_ expression: Expression, in step: StepDefinition, at: JSONPointer)
        -> SchemaTypes
    {
        if !expression.isProven { reader.note(.notProven(expression: expression.source), at: at) }
        var types: [Reference: SchemaTypes] = [:]
        for reference in expression.references {
            types[reference] = checkReference(reference, of: expression, in: step, at: at)
        }
        return expression.result { types[$0] ?? .any }
    }

    private mutating func checkReference(
        _ reference: Reference, of expression: Expression, in step: StepDefinition, at: JSONPointer
    ) -> SchemaTypes {
        let names = reference.names
        let types: SchemaTypes
        switch reference.root {
        case "inputs": types = checkInput(names, reference, expression, at: at)
        case "steps": types = checkStepOutput(names, reference, expression, in: step, at: at)
        case "context": types = checkContext(names, expression, at: at)
        case "run": types = checkRun(names, expression, at: at)
        default: return .any
        }
        return reference.isNamesOnly ? types : .any
    }

    private mutating func checkInput(
        _ names: [String], _ reference: Reference, _ expression: Expression, at: JSONPointer
    ) -> SchemaTypes {
        guard let inputs = definition?.inputs, let name = names.first else { return .object }
        switch inputs.types(at: names) {
        case .known(let types, let alwaysThere):
            if !alwaysThere, !reference.isGuarded {
                reader.note(.inputMayBeMissing(name, expression: expression.source), at: at)
            }
            return types
        case .unknown: return .any
        case .impossible(let index, let known):
            reader.note(.unknownInput(names[index], expression: expression.source, known: known), at: at)
            return .any
        }
    }

    private mutating func checkStepOutput(
        _ names: [String], _ reference: Reference, _ expression: Expression, in step: StepDefinition, at: JSONPointer
    ) -> SchemaTypes {
        guard let id = names.first else { return .object }
        guard let source = earlier.first(where: { $0.step.id == id }) else {
            noteNoEarlierStep(id, expression, in: step, at: at)
            return .any
        }
        guard names.count > 1, names[1] == "output" else {
            reader.note(.notAnOutput(expression: expression.source), at: at)
            return .any
        }
        guard let operation = source.operation else { return .any }
        let rest = Array(names.dropFirst(2))
        guard !rest.isEmpty else { return .object }
        switch operation.output.types(at: rest) {
        case .known(let types, let alwaysThere):
            if !alwaysThere, !reference.isGuarded {
                reader.note(
                    .outputMayBeMissing(rest[0], step: id, operation: operation.name, expression: expression.source),
                    at: at)
            }
            return types
        case .unknown: return .any
        case .impossible(let index, let known):
            reader.note(
                .noSuchOutput(
                    rest[index], step: id, operation: operation.name, expression: expression.source, known: known),
                at: at)
            return .any
        }
    }

    private mutating func noteNoEarlierStep(
        _ id: String, _ expression: Expression, in step: StepDefinition, at: JSONPointer
    ) {
        if id == step.id {
            reader.note(.stepIsItself(id, expression: expression.source), at: at)
        } else if definition?.steps.contains(where: { $0.id == id }) == true {
            reader.note(.stepComesLater(id, step: step.id, expression: expression.source), at: at)
        } else {
            reader.note(.unknownStep(id, expression: expression.source, known: earlier.map(\.step.id)), at: at)
        }
    }

    /// The context is what earlier steps put out, the latest winning.
    private mutating func checkContext(_ names: [String], _ expression: Expression, at: JSONPointer) -> SchemaTypes {
        guard let name = names.first else { return .object }
        var known: [String] = []
        for (_, operation) in earlier.reversed() {
            guard let operation else { return .any }
            switch operation.output.types(at: names) {
            case .known(let types, _): return types
            case .unknown: return .any
            case .impossible(_, let names): known += names
            }
        }
        reader.note(.nobodySets(name, expression: expression.source, known: known), at: at)
        return .any
    }

    private mutating func checkRun(_ names: [String], _ expression: Expression, at: JSONPointer) -> SchemaTypes {
        guard let name = names.first else { return .object }
        guard names == ["id"] || names == ["saga"] else {
            reader.note(.unknownRunField(name, expression: expression.source), at: at)
            return .any
        }
        return .string
    }
}

extension JSONPosition {
    static let start = JSONPosition(line: 1, column: 1)

    static func < (left: JSONPosition, right: JSONPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
