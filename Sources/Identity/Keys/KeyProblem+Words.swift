extension KeyProblem {
    /// Why, after the name of the key and a colon.
    public var message: String {
        switch self {
        case .type(let type): "its `kty` is \(type.map { "\"\($0)\"" } ?? "missing"); expected \"RSA\" or \"OKP\""
        case .curve(let curve): "its `crv` is \(curve.map { "\"\($0)\"" } ?? "missing"); expected \"Ed25519\""
        case .member(let key): "its `\(key)` is missing or is not what a key has there"
        case .use(let found): "it is for \(found); expected a key to verify signatures with"
        case .algorithm(let found, let own): "its `alg` is \(found); such a key is for \"\(own.rawValue)\""
        case .size(let bits): "it has \(bits) bits; expected 2048 to 8192"
        case .exponent: "its `e` is not 65537"
        case .private(let key): "it has `\(key)`, which only its owner may have; expected a public key"
        case .unusable: "its numbers are no key"
        case .sameID: "a key before it has the same `kid`"
        case .notAnObject: "it is not an object"
        }
    }
}

extension KeySetProblem {
    public var message: String {
        switch self {
        case .notFetched(let why): "the key set cannot be had: \(why)"
        case .tooLarge(let bytes): "the key set has \(bytes) bytes; expected at most \(KeySet.mostBytes)"
        case .notJSON(let said): "the key set is not JSON: \(said)"
        case .shape: "the key set is not an object with a list `keys`"
        case .tooMany(let count): "the key set has \(count) keys; expected at most \(KeySet.mostKeys)"
        case .noKey(let refused):
            refused.isEmpty
                ? "the key set is empty"
                : "no key of the key set can be used: " + refused.map(\.message).joined(separator: "; ")
        }
    }
}
