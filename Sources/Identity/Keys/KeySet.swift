internal import SagaCore

/// Public keys of an issuer, from the text of a JWKS (RFC 7517): `{"keys": [{"kty", "kid", …}, …]}`.
public struct KeySet: Sendable {
    /// A key that is not used, and why.
    public struct Refused: Sendable, Hashable {
        /// From 1.
        public let place: Int
        public let id: String?
        public let problem: KeyProblem

        public var message: String { "key \(id.map { "\"\($0)\"" } ?? "\(place)"): \(problem.message)" }
    }

    public static let mostBytes = 1 << 20
    static let mostKeys = 100

    let keys: [VerificationKey]
    /// For the log: what an operator wonders about when a token is not taken.
    public let refused: [Refused]

    public var count: Int { keys.count }

    public init(parsing text: String) throws(KeySetProblem) {
        let entries = try Self.entries(text)
        var (keys, refused): ([VerificationKey], [Refused]) = ([], [])
        for (index, entry) in entries.enumerated() {
            do throws(KeyProblem) {
                guard let jwk = entry.objectValue else { throw .notAnObject }
                let key = try VerificationKey(jwk)
                if let id = key.id, keys.contains(where: { $0.id == id }) { throw .sameID }
                keys.append(key)
            } catch {
                refused.append(Refused(place: index + 1, id: entry["kid"]?.stringValue, problem: error))
            }
        }
        guard !keys.isEmpty else { throw .noKey(refused) }
        (self.keys, self.refused) = (keys, refused)
    }

    private static func entries(_ text: String) throws(KeySetProblem) -> [JSONValue] {
        guard text.utf8.count <= mostBytes else { throw .tooLarge(bytes: text.utf8.count) }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: text)
        } catch {
            throw .notJSON("\(error.position.line):\(error.position.column): \(error.message)")
        }
        guard let entries = value["keys"]?.arrayValue else { throw .shape }
        guard entries.count <= mostKeys else { throw .tooMany(entries.count) }
        return entries
    }

    /// The key a token means: the one with its `kid`; without one, the only key there is for the algorithm.
    func key(_ id: String?, for algorithm: TokenAlgorithm) throws(TokenRefusal) -> VerificationKey {
        let fitting = keys.filter { $0.algorithm == algorithm }
        guard let id else {
            guard fitting.count == 1 else { throw .keyNotNamed(keys: fitting.count) }
            return fitting[0]
        }
        guard let key = fitting.first(where: { $0.id?.utf8.elementsEqual(id.utf8) ?? false }) else {
            throw .unknownKey(id)
        }
        return key
    }
}
