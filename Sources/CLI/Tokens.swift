internal import Identity
internal import SagaCore

extension Wiring {
    /// A policy from a file. eg: {"algorithm": "HS256", "secret_files": ["/etc/arcadia/secret"], "audience": "arcadia"}
    func tokenPolicy(_ file: String) throws(Failure) -> TokenPolicy {
        let value = try parsed(try text(of: file), of: file)
        do throws(TokenPolicyProblem) {
            return try TokenPolicy(reading: value)
        } catch {
            throw Failure(error.code, "\(file): \(error.message)", exit: .badData)
        }
    }

    /// What tokens are checked with; nil: the policy names no key, so nobody comes in by token.
    func verifier(_ policy: TokenPolicy) throws(Failure) -> TokenVerifier? {
        switch policy.keys {
        case .secretFiles(let files):
            guard !files.isEmpty else { return nil }
            guard files.count <= 2 else {
                throw Failure(
                    "token.policy",
                    "\(files.count) files with secrets are given; expected one, or two while it is changed",
                    exit: .usage)
            }
            var secrets: [SharedSecret] = []
            for file in files {
                secrets.append(try secretwise { () throws(SharedSecretProblem) in try SharedSecret(file: file) })
            }
            return TokenVerifier(policy, secrets: secrets)
        case .keySetFile(let file): return TokenVerifier(policy, keys: try keySet(try text(of: file), of: file))
        case .keySetURL(let url):
            return TokenVerifier(policy, keys: try issuer(url).keys(renewedEvery: policy.keySetRefresh))
        }
    }

    private func issuer(_ url: String) -> TokenIssuer { TokenIssuer(url, caFile: environment["ARCADIA_CA_FILE"]) }

    private func keySet(_ text: String, of place: String) throws(Failure) -> KeySet {
        do throws(KeySetProblem) {
            return try KeySet(parsing: text)
        } catch {
            throw Failure("token.key_set", "\(place): \(error.message)", exit: .badData)
        }
    }

    private func text(of file: String) throws(Failure) -> String {
        guard let text = readFile(file) else {
            throw Failure("file.unreadable", "\(file) cannot be read as UTF-8 text", exit: .badData)
        }
        return text
    }
}
