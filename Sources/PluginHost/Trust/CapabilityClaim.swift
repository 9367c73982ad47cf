internal import SagaCore

/// One thing that a plugin asks to be able to do, and that is granted or not.
package enum CapabilityClaim: Hashable, Sendable {
    case service(String)
    /// Requests. `standard` is what a host such as `${config.base_url}` is where the operator configured nothing: a version
    /// that brings another one asks for something else.
    case http(host: String, standard: String?, method: String)
    case credential(String)
    /// A token is taken from this variable of the environment.
    case credentialVariable(String, credential: String)
    /// A variable of the environment becomes a key of the config, which the plugin sees.
    case configVariable(String)
    case files(path: String, standard: String?, isWritable: Bool)
    /// Starting other programs.
    case processes
    /// Running in the host's own process, where the operator allows that.
    case inProcess

    /// What is granted by the way: who may write may read.
    var isCovered: (Set<CapabilityClaim>) -> Bool {
        { granted in
            if granted.contains(self) { return true }
            guard case .files(let path, let standard, false) = self else { return false }
            return granted.contains(.files(path: path, standard: standard, isWritable: true))
        }
    }
}

/// What a plugin asks for, or what is granted to it, claim by claim.
package struct CapabilitySet: Hashable, Sendable {
    package var claims: Set<CapabilityClaim>

    package init(_ claims: Set<CapabilityClaim> = []) { self.claims = claims }

    package var isEmpty: Bool { claims.isEmpty }

    /// What is in here and is not granted there.
    package func beyond(_ granted: CapabilitySet) -> CapabilitySet {
        CapabilitySet(claims.filter { !$0.isCovered(granted.claims) })
    }

    /// What is asked for here, as far as it is granted there.
    func within(_ granted: CapabilitySet) -> CapabilitySet {
        CapabilitySet(claims.filter { $0.isCovered(granted.claims) })
    }
}

extension CapabilitySet {
    /// What a manifest asks for.
    package init(_ manifest: PluginManifest) {
        let asked = manifest.capabilities
        var claims = Set(asked.services.map(CapabilityClaim.service))
        for rule in asked.http {
            let standard = manifest.standard(of: rule.host)
            for method in rule.methods { claims.insert(.http(host: rule.host, standard: standard, method: method)) }
        }
        for request in asked.credentials {
            claims.insert(.credential(request.name))
            for name in request.environment { claims.insert(.credentialVariable(name, credential: request.name)) }
        }
        for (variable, _) in manifest.environment { claims.insert(.configVariable(variable)) }
        for rule in asked.files {
            claims.insert(
                .files(path: rule.path, standard: manifest.standard(of: rule.path), isWritable: rule.isWritable))
        }
        if asked.processes { claims.insert(.processes) }
        if manifest.placement == .inProcess { claims.insert(.inProcess) }
        self.init(claims)
    }
}

extension PluginManifest {
    /// The default of the key that `${config.KEY}` names; nil: it has none, or the text names no key.
    fileprivate func standard(of text: String) -> String? {
        guard let key = PluginCapabilities.configKey(text) else { return nil }
        return config.source["properties"]?[key]?["default"]?.stringValue
    }

    /// The same plugin with no more than was granted.
    func narrowed(to granted: CapabilitySet) -> PluginManifest {
        let allowed = CapabilitySet(self).within(granted).claims
        var narrowed = self
        narrowed.capabilities = PluginCapabilities(
            services: capabilities.services.filter { allowed.contains(.service($0)) },
            http: capabilities.http.compactMap { reduced($0, to: allowed) },
            credentials: capabilities.credentials.filter { allowed.contains(.credential($0.name)) }.map { request in
                request.taking { allowed.contains(.credentialVariable($0, credential: request.name)) }
            },
            files: capabilities.files.compactMap { reduced($0, to: granted.claims) },
            processes: allowed.contains(.processes))
        narrowed.environment = environment.filter { allowed.contains(.configVariable($0.variable)) }
        if placement == .inProcess, !allowed.contains(.inProcess) { narrowed.placement = .worker }
        return narrowed
    }

    private func reduced(
        _ rule: PluginCapabilities.HTTPRule, to allowed: Set<CapabilityClaim>
    ) -> PluginCapabilities.HTTPRule? {
        let standard = standard(of: rule.host)
        let methods = rule.methods.filter { allowed.contains(.http(host: rule.host, standard: standard, method: $0)) }
        return methods.isEmpty ? nil : PluginCapabilities.HTTPRule(host: rule.host, methods: methods)
    }

    /// Reading is left where only writing was taken away.
    private func reduced(_ rule: FileRule, to granted: Set<CapabilityClaim>) -> FileRule? {
        let standard = standard(of: rule.path)
        for isWritable in rule.isWritable ? [true, false] : [false] {
            let claim = CapabilityClaim.files(path: rule.path, standard: standard, isWritable: isWritable)
            if claim.isCovered(granted) { return FileRule(path: rule.path, isWritable: isWritable) }
        }
        return nil
    }
}

extension PluginCapabilities.CredentialRequest {
    /// From fewer variables.
    fileprivate func taking(_ isAllowed: (String) -> Bool) -> Self {
        Self(
            name: name, summary: summary, environment: environment.filter(isAllowed), header: header, prefix: prefix,
            perMinute: perMinute, perHour: perHour)
    }
}
