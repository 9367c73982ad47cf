public import SagaCore

/// A token taken apart (RFC 7515, compact): nothing in it is believed.
public struct TokenText: Sendable {
    static let mostBytes = 8192

    public let header: JSONObject
    /// What was signed: header, dot, claims, as they were written.
    let signed: [UInt8]
    let claims: [UInt8]
    let signature: [UInt8]

    /// - Throws: what is wrong with its shape or its header.
    public init(_ token: String) throws(TokenRefusal) {
        guard !token.isEmpty else { throw .missing }
        guard token.utf8.count <= Self.mostBytes else { throw .tooLarge(bytes: token.utf8.count) }
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .parts(parts.count) }
        header = try Self.object(try Self.decode(parts[0], .header)) { .headerNotJSON($0) }
        claims = try Self.decode(parts[1], .claims)
        signature = try Self.decode(parts[2], .signature)
        signed = Array(bytes[..<parts[1].endIndex])
    }

    private static func decode(_ text: ArraySlice<UInt8>, _ part: TokenPart) throws(TokenRefusal) -> [UInt8] {
        guard !text.isEmpty, let bytes = Base64URL.decode(text) else { throw .base64(part) }
        return bytes
    }

    /// The claims as JSON, duplicate keys refused. Ask for them when the signature is known to be good.
    public func readClaims() throws(TokenRefusal) -> JSONObject {
        try Self.object(claims) { .claimsNotJSON($0) }
    }

    private static func object(
        _ bytes: [UInt8], refusal: (String) -> TokenRefusal
    ) throws(TokenRefusal) -> JSONObject {
        // `withUnsafeBytes` rethrows any error, and would lose the type of ours.
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
        }
        switch result {
        case .success(.object(let object)): return object
        case .success(let value): throw refusal("it is \(value.typeName)")
        case .failure(let error): throw refusal(error.message)
        }
    }
}
