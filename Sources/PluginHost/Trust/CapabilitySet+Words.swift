extension CapabilitySet {
    /// What it may do, a clause each, after "it asks to": the gravest last. Empty: it asks for nothing but to be called.
    package var sentences: [String] {
        clauses.map(\.printable)
    }

    private var clauses: [String] {
        services.filter { $0 != PluginCapabilities.httpService }.map { "use the service \($0)" }
            + configVariables.map { "read the environment variable \($0)" }
            + fileRules.map {
                "\($0.isWritable ? "read and write" : "read") files in \($0.path)\(Self.standing($0.standard))"
            }
            + httpSentences
            + credentialSentences
            + (claims.contains(.processes) ? ["start other programs"] : [])
            + (claims.contains(.inProcess) ? ["run in the host's own process, where you allow it"] : [])
    }

    private var httpSentences: [String] {
        let rules = httpRules
        if rules.isEmpty, services.contains(PluginCapabilities.httpService) { return ["make HTTP requests"] }
        return rules.map { rule in
            "send requests to \(rule.host)\(Self.standing(rule.standard)): \(rule.methods.joined(separator: ", "))"
        }
    }

    private var credentialSentences: [String] {
        credentials.map { credential in
            let isNew = claims.contains(.credential(credential.name))
            let place = credential.variables.isEmpty ? "" : "from \(credential.variables.joined(separator: ", "))"
            guard isNew else { return "take the token \(credential.name) \(place)" }
            return "have the token \(credential.name)\(place.isEmpty ? "" : ", also \(place),") added to its requests"
        }
    }

    private static func standing(_ standard: String?) -> String {
        standard.map { " (\($0), unless you configure another)" } ?? ""
    }
}
