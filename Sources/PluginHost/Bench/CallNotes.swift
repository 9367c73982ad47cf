internal import SagaCore

/// What a plugin did during one call, from behind the host's table.
struct CallNotes {
    let memory: LentMemory
    /// The writer call that is refused, from 1; 0: none is.
    let refusedWrite: Int
    let hasServices: Bool
    private(set) var misuses: [String] = []
    private(set) var counts: [String: Int] = [:]
    private var lastSign = ContinuousClock.now
    private var longestSilence = Duration.zero
    private var writes = 0

    init(memory: LentMemory, refusedWrite: Int, hasServices: Bool) {
        self.memory = memory
        self.refusedWrite = refusedWrite
        self.hasServices = hasServices
    }

    mutating func count(_ function: String) { counts[function, default: 0] += 1 }

    mutating func misuse(_ what: String) {
        if misuses.count < 8, !misuses.contains(what) { misuses.append(what) }
    }

    mutating func sign() {
        let now = ContinuousClock.now
        longestSilence = max(longestSilence, lastSign.duration(to: now))
        lastSign = now
    }

    /// True: this write is the one to refuse.
    mutating func isRefusedWrite() -> Bool {
        writes += 1
        return writes == refusedWrite
    }

    /// The end of the call, as the bench tells it.
    mutating func facts() -> JSONObject {
        sign()
        var object = JSONObject()
        for name in counts.keys.sorted() { object[name] = .int(Int64(counts[name]!)) }
        let seconds = Double(longestSilence.components.seconds) + Double(longestSilence.components.attoseconds) / 1e18
        return [
            "counts": .object(object), "misuses": .array(misuses.map(JSONValue.string)),
            "writes": .int(Int64(writes)), "silence_ms": .int(Int64(seconds * 1000)),
        ]
    }
}
