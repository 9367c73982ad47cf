/// A saga as it was written, beside what became of it: what the proofs walk over.
final class CheckedSaga {
    let written: SagaDefinition
    let steps: [CheckedStep]
    /// Each before what it holds; not those of sagas within.
    let everyStep: [CheckedStep]
    /// What steps call, by their ids.
    let operations: [String: Operation]
    let output: Template?
    let concurrencyKey: Template?

    /// The saga of a whole definition.
    convenience init(_ written: SagaDefinition, _ saga: Saga) {
        let byNumber = Dictionary(saga.steps.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        self.init(written, output: saga.output, concurrencyKey: saga.concurrencyKey, byNumber)
    }

    fileprivate init(
        _ written: SagaDefinition, output: Template?, concurrencyKey: Template?, _ byNumber: [Int: Step]
    ) {
        self.written = written
        self.output = output
        self.concurrencyKey = concurrencyKey
        steps = CheckedStep.list(written.steps, byNumber)
        everyStep = steps.flatMap(\.withInner)
        operations = Dictionary(
            everyStep.compactMap { step in step.step.operation.map { (step.id, $0) } }, uniquingKeysWith: { a, _ in a })
    }

    /// This one, and all that are within.
    var everySaga: [CheckedSaga] { [self] + everyStep.compactMap(\.saga).flatMap(\.everySaga) }

    /// Every expression that sees this saga's inputs and steps.
    var expressions: [PlacedExpression] { everyStep.flatMap(\.expressions) + ownExpressions }

    /// Those that no step has.
    var ownExpressions: [PlacedExpression] {
        var all: [PlacedExpression] = []
        if let output { all += output.placed(.output, at: written.at.appending("output")) }
        if let concurrencyKey {
            all += concurrencyKey.placed(.concurrencyKey, at: written.at.appending("concurrency_key"))
        }
        return all
    }
}

struct CheckedStep {
    let written: StepDefinition
    let step: Step
    /// The lists that it holds; none of a saga within, which has ids of its own.
    let lists: [[CheckedStep]]
    let saga: CheckedSaga?

    fileprivate static func list(_ written: [StepDefinition], _ byNumber: [Int: Step]) -> [CheckedStep] {
        written.compactMap { written in byNumber[written.number].map { CheckedStep(written, $0, byNumber) } }
    }

    private init(_ written: StepDefinition, _ step: Step, _ byNumber: [Int: Step]) {
        self.written = written
        self.step = step
        guard case .saga(let definition) = written.form else {
            saga = nil
            lists = written.form.lists.map { Self.list($0, byNumber) }
            return
        }
        lists = []
        guard let definition, case .saga(let sub) = step.form else {
            saga = nil
            return
        }
        saga = CheckedSaga(definition, output: sub.output, concurrencyKey: nil, byNumber)
    }

    var id: String { written.id }

    /// Itself, and all that it holds.
    var withInner: [CheckedStep] { [self] + lists.joined().flatMap(\.withInner) }

    /// Its own, not those of what it holds.
    var expressions: [PlacedExpression] {
        var all: [PlacedExpression] = []
        if let when = step.when { all += when.placed(.when(id), at: written.at.appending("when")) }
        all += step.with.placed(.with(id), at: written.withAt)
        if let with = step.compensation.with {
            all += with.placed(.compensation(id), at: written.at.appending("compensation").appending("with"))
        }
        if case .forEach(let each) = step.form {
            all += each.items.placed(.items(id), at: written.at.appending("for_each"))
            if let output = each.output { all += output.placed(.itemOutput(id), at: written.at.appending("output")) }
        }
        return all
    }
}

/// An expression, and what its value is for.
struct PlacedExpression {
    enum Place: Sendable, Hashable {
        case when(String)
        case with(String)
        case compensation(String)
        case items(String)
        case itemOutput(String)
        case output
        case concurrencyKey
    }

    let place: Place
    let at: JSONPointer
    let expression: Expression
}

extension Template {
    fileprivate func placed(_ place: PlacedExpression.Place, at pointer: JSONPointer) -> [PlacedExpression] {
        expressions(at: pointer).map { PlacedExpression(place: place, at: $0.at, expression: $0.expression) }
    }
}
