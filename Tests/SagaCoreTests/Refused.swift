import SagaCore

/// Why something cannot be done with a run; nil: it can.
func refusal(_ body: () throws -> Void) -> RunRefusal? {
    do {
        try body()
        return nil
    } catch {
        return error as? RunRefusal
    }
}
