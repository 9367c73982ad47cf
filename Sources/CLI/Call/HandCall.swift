internal import PluginHost
internal import SagaCore

/// One call of an operation, as somebody types it.
struct HandCall {
    let verb: StepVerb
    let operation: OperationName
    let run: RunID
    let step: String
    let attempt: Int
    let with: JSONValue
    /// What execute put out.
    let result: JSONObject?
    let checkpoint: JSONValue?
    /// What earlier steps of the run put there.
    let context: JSONObject
    let timeoutSeconds: Double?

    /// As the step of a run would make it.
    ///
    /// - Parameter checkpoint: the last one that was written.
    func step(checkpoint: JSONValue?, mark: CallMark) -> StepCall {
        StepCall(
            verb: verb, run: run, saga: "call", stepID: step, stepNumber: 1, operation: operation, attempt: attempt,
            with: with, inputs: [:], context: context, result: result, checkpoint: checkpoint,
            timeoutSeconds: timeoutSeconds, executedBy: nil, mark: mark)
    }

    var key: String { step(checkpoint: nil, mark: CallMark(slot: -1, licence: 0)).idempotencyKey }
}

/// What became of a call by hand.
struct HandCallEnd {
    let outcome: StepOutcome
    /// In their order; the last one counts.
    let checkpoints: [JSONValue]
    /// What the next call of the step finds.
    let checkpoint: JSONValue?
    let image: PluginImage?
    /// More than one where it asked to be called again.
    let calls: Int
    let milliseconds: Double
    let exchanges: Int
}
