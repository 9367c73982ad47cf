public import SagaCore

// Idempotency keys: the same for every attempt of one step in one direction, and for nothing else.

extension StepVerb {
    /// A probe asks about an execute, so it carries execute's.
    var keyDirection: StaticString { self == .compensate ? ":compensate:" : ":execute:" }
}

extension StepCall {
    public var idempotencyKey: String { key(verb.keyDirection) }
    /// The key that execute had: what to look for.
    var executeKey: String { key(StepVerb.execute.keyDirection) }

    private func key(_ direction: StaticString) -> String {
        var bytes: [UInt8] = []
        writeKey(direction, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func writeKey(_ direction: StaticString, into bytes: inout [UInt8]) {
        bytes.append(contentsOf: run.description.utf8)
        direction.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: keyID.utf8)
    }
}
