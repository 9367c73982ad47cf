internal import SagaCore

/// What a definition is stored or shipped under: `trip`, or one of its versions, `trip@2`.
struct DefinitionName {
    let name: String
    /// Nil: the one that a run takes.
    let version: String?

    /// Nil: it is rather the path of a file.
    init?(_ given: String) {
        let parts = given.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        version = parts.count > 1 ? String(parts[1]) : nil
        guard !name.contains("/"), !given.hasSuffix(".json"), version != "" else { return nil }
    }

    /// Whether the text says that it is of that version.
    func fits(_ text: String) -> Bool {
        version == nil || (try? JSONValue(parsing: text))?["version"]?.stringValue == version
    }
}
