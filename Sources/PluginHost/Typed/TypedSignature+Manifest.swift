internal import SagaCore

extension ManifestReader {
    /// The signature of an operation that is a typed function; nil: it is not one.
    func signature(of operation: String) throws(PluginRefusal.Fact) -> TypedSignature? {
        guard let text = try optionalString("signature") else { return nil }
        let signature: TypedSignature
        do throws(SignatureMistake) {
            signature = try TypedSignature(parsing: text)
        } catch {
            throw .manifestSignature(place + "signature", error.words)
        }
        guard signature.operation == operation else {
            throw .manifestKey(
                place + "signature", found: "one of \"\(signature.operation)\"", expected: "one of \"\(operation)\"")
        }
        for flag in ["compensable", "probeable"] where try self.flag(flag) {
            throw .manifestKey(
                place + flag, found: "true", expected: "false: a typed function has no compensate and no probe")
        }
        return signature
    }

    /// A schema that stands in the manifest, or else the one that follows from the signature.
    ///
    /// What is written narrows what the signature allows (defaults, bounds, descriptions); it can name nothing new.
    func schema(_ key: String, _ derived: JSONValue?) throws(PluginRefusal.Fact) -> JSONSchema {
        let written = try schema(key)
        guard let derived else { return written ?? .anything }
        let follows: JSONSchema
        do throws(JSONSchemaProblem) {
            follows = try JSONSchema(derived)
        } catch {
            preconditionFailure("the schema of a signature: \(error.message)")
        }
        guard let written else { return follows }
        if let name = written.propertyNames.first(where: { !follows.allows($0) }) {
            throw .manifestKey(
                place + key, found: "of \"\(name)\" too", expected: "only what the signature has: \(follows.names)")
        }
        return written
    }
}

extension JSONSchema {
    fileprivate func allows(_ name: String) -> Bool { allowsOtherProperties || propertyNames.contains(name) }
    fileprivate var names: String {
        propertyNames.isEmpty ? "nothing" : propertyNames.map { "\"\($0)\"" }.joined(separator: ", ")
    }
}
