internal import SagaCore

/// Each plugin's configuration: what the operator wrote in the file, on the command line or in the environment, completed
/// with the defaults of its manifest and held against its schema.
struct PluginConfigs: Sendable {
    let dataFolder: String
    /// By plugin id.
    let given: [String: JSONValue]
    /// The value of a variable, for those that manifests name.
    let environment: @Sendable (String) -> String?

    /// What the operator wrote.
    func given(_ manifest: PluginManifest) -> JSONValue {
        guard var given = (given[manifest.id] ?? [:]).objectValue else { return given[manifest.id] ?? [:] }
        for (variable, key) in manifest.environment where given[key] == nil {
            given[key] = environment(variable).map(JSONValue.string)
        }
        return .object(given)
    }

    func checked(_ manifest: PluginManifest, folder: String) throws(PluginRefusal) -> JSONValue {
        let filled = placing(dataFolder: manifest.config.fillingDefaults(in: given(manifest)))
        if let violation = manifest.config.violations(of: filled).first {
            throw PluginRefusal(.config(violation), path: folder)
        }
        return filled
    }

    /// `${data}` at the start of a config's text stands for the host's data folder, so that a plugin can have a default.
    private func placing(dataFolder value: JSONValue) -> JSONValue {
        guard let object = value.objectValue else { return value }
        var placed = object
        for (key, value) in object {
            guard let text = value.stringValue, text.hasPrefix("${data}") else { continue }
            placed[key] = .string(dataFolder + text.dropFirst("${data}".count))
        }
        return .object(placed)
    }
}
