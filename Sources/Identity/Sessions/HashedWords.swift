internal import Crypto

/// Random words that are remembered by their SHA-256 only: who sees the memory cannot use what is in it.
///
/// Looking one up compares hashes, in constant time. Which hashes there are cannot be felt out either: a caller chooses
/// the word, not what it hashes to.
struct HashedWords<Value> {
    private var values: [SHA256Digest: Value] = [:]

    var count: Int { values.count }

    /// Remembers `value` under a new word of 256 random bits.
    mutating func add(_ value: Value) -> String {
        let word = Randomness.word()
        values[Self.hash(word)] = value
        return word
    }

    subscript(_ word: String) -> Value? {
        get { values[Self.hash(word)] }
        set { values[Self.hash(word)] = newValue }
    }

    mutating func removeAll(where isGone: (Value) -> Bool) { values = values.filter { !isGone($0.value) } }

    /// Forgets the one that comes first in `order`.
    mutating func removeFirst(by order: (Value, Value) -> Bool) {
        guard let first = values.min(by: { order($0.value, $1.value) }) else { return }
        values[first.key] = nil
    }

    private static func hash(_ word: String) -> SHA256Digest { SHA256.hash(data: Array(word.utf8)) }
}
