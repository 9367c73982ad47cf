/// A new run that begins at a step of a finished one, and knows what the steps before it put out.
///
/// The finished run keeps what it did: the new one takes back only what it does itself. That is what tells it from a
/// retry from a step, which takes over what was done and takes it back, too.
public struct RunFork: Sendable {
    public let saga: Saga
    public let inputs: JSONValue
    /// Where it begins: the step's place from 0.
    public let from: Int
    /// What it begins with.
    public let known: [RunEvent]
}

extension RunView {
    /// Decides what a fork comes to. Every step before that one must be done, and not taken back: what it put out has to
    /// be true.
    ///
    /// - Parameter inputs: all of them; nil: those the run had. What is known was made from the old ones.
    public func fork(fromStep step: String, inputs: JSONValue?) throws(RunRefusal) -> RunFork {
        guard let saga, let machine else { throw RunRefusal(.unreadable, run: row.id) }
        let index = try index(of: step, saga)
        guard row.status.isEnded, machine.isEnded else { throw RunRefusal(.notEnded(row.status), run: row.id) }
        let earlier = saga.body.prefix { $0 < index }
        if let missing = earlier.first(where: { !machine.isFact(StepRef($0)) }) {
            let status = machine[StepRef(missing)].status
            throw RunRefusal(.notKnown(step: saga.steps[missing].id, status), run: row.id)
        }
        // Whether it still stands is that run's to say.
        if let other = earlier.lazy.compactMap({ machine[StepRef($0)].givenTo }).first {
            throw RunRefusal(.given(to: other, verb: .fork), run: row.id)
        }
        let inputs = try inputs.map { given throws(RunRefusal) in try checked(given, saga.inputs) } ?? row.inputs
        let known = try adoptions(earlier, saga, machine, by: inputs, asKnown: true).map(\.event)
        return RunFork(saga: saga, inputs: inputs, from: index, known: known)
    }
}

extension RunMachine {
    /// What the step put out is still true as far as this run knows, or it was left out.
    func isFact(_ ref: StepRef) -> Bool {
        self[ref].status == .skipped || (self[ref].status == .completed && self[ref].output != nil)
    }
}
