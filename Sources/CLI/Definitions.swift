internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

/// A definition from a file, from stdin, or by the name it was stored or shipped under.
struct DefinitionSource {
    let name: String
    let text: String
    /// Where the definitions are that it names; nil: elsewhere, on a server.
    private var library: DefinitionShelf?

    /// A text that was read before.
    init(name: String, text: String, library: DefinitionShelf? = nil) {
        (self.name, self.text, self.library) = (name, text, library)
    }

    /// - Parameter given: a path; `-` for stdin; or a name such as `provision_droplet` or `provision_droplet@2`: of what
    ///   operators stored, then of what lies in the `definitions` folders of the plugins. An operator's word counts more
    ///   than a plugin's.
    init(_ given: String, wiring: Wiring, catalog: PluginCatalog) throws(Failure) {
        self = try Self.found(given, wiring: wiring, catalog: catalog)
        library = DefinitionShelf(try wiring.existingStore(), catalog)
    }

    private static func found(
        _ given: String, wiring: Wiring, catalog: PluginCatalog
    ) throws(Failure) -> DefinitionSource {
        if let typed = try typed(given, wiring) {
            return typed
        }
        guard let wanted = DefinitionName(given) else { throw unreadable(given) }
        if let stored = try stored(wanted, wiring) {
            return DefinitionSource(name: given, text: stored)
        }
        for entry in catalog.entries() {
            let path = entry.folder + "/definitions/" + wanted.name + ".json"
            guard let text = wiring.readFile(path), wanted.fits(text) else { continue }
            return DefinitionSource(name: path, text: text)
        }
        throw unreadable(given)
    }

    /// - Parameter given: a path or `-` here, or a name that the server knows.
    init(_ given: String, wiring: Wiring, server: ServerConnection) throws(Failure) {
        if let typed = try Self.typed(given, wiring) {
            self = typed
            return
        }
        guard let wanted = DefinitionName(given) else { throw Self.unreadable(given) }
        do throws(Failure) {
            let found = try server.get(.get("definitions", wanted.name, query: [("version", wanted.version)]))
            (name, text) = (given, found["text"]?.stringValue ?? "")
        } catch {
            throw ["definition.unknown", "request.unknown"].contains(error.code) ? Self.unreadable(given) : error
        }
    }

    /// From stdin or a file; nil: there is no such file.
    private static func typed(_ given: String, _ wiring: Wiring) throws(Failure) -> DefinitionSource? {
        if given == "-" {
            guard let text = readStandardInput() else { throw unreadable("stdin") }
            return DefinitionSource(name: "stdin", text: text)
        }
        guard access(given, F_OK) == 0, !Wiring.isFolder(given) else { return nil }
        guard let text = wiring.readFile(given) else {
            throw Failure(
                "definition.unreadable", "\(given) cannot be read as UTF-8 text of at most 64 MB", exit: .badData)
        }
        return DefinitionSource(name: given, text: text)
    }

    private static func stored(_ wanted: DefinitionName, _ wiring: Wiring) throws(Failure) -> String? {
        let store = try wiring.existingStore()
        return try storing { () throws(StoreError) in
            try store?.definitions.find(wanted.name, version: wanted.version)?.text
        }
    }

    private static func unreadable(_ given: String) -> Failure {
        let wanted = DefinitionName(given)
        let hint =
            wanted?.version == nil
            ? "give a file, `-` for stdin, or a name that `arcadia definitions list` shows"
            : "`arcadia definitions versions \(wanted?.name ?? "")` shows the versions there are"
        return Failure("definition.unreadable", "there is no definition \"\(given)\"", hint: hint, exit: .badData)
    }

    func check(_ catalog: any OperationCatalog) -> DefinitionCheck {
        let whole = library.map { DefinitionBundle.text(of: text, library: $0) } ?? text
        return DefinitionCheck(whole, fallbackName: name, catalog: catalog)
    }

    /// `trip.json:14:7: step "card" uses …`
    ///
    /// - Parameter finding: of a report.
    func sentence(_ finding: JSONValue) -> String {
        guard let line = finding["line"]?.intValue, let column = finding["column"]?.intValue else {
            return "\(name): \(finding.shown("message"))"
        }
        return "\(name):\(line):\(column): \(finding.shown("message"))"
    }

    /// The saga, or a failure that tells every mistake.
    func saga(_ catalog: any OperationCatalog) throws(Failure) -> Saga {
        let check = check(catalog)
        try pass(.object(check.report(on: text)))
        guard let saga = check.saga else { throw failure([]) }
        return saga
    }

    /// Tells every warning.
    ///
    /// - Parameter report: of a check, here or by a server.
    /// - Throws: every mistake.
    func pass(_ report: JSONValue) throws(Failure) {
        for warning in report.rows("warnings") {
            Terminal.say("warning: \(sentence(warning))")
            if let hint = warning["hint"]?.stringValue { Terminal.say("hint: \(hint)") }
        }
        let errors = report.rows("errors")
        if !errors.isEmpty { throw failure(errors) }
    }

    private func failure(_ errors: [JSONValue]) -> Failure {
        let first = errors.first ?? [:]
        var failure = Failure(
            first.shown("code", or: "definition.unsound"), sentence(first), hint: first["hint"]?.stringValue,
            exit: .badData)
        failure.more = errors.dropFirst().map { (sentence($0), $0["hint"]?.stringValue) }
        return failure
    }
}

/// The inputs of a run, from `--inputs` and `--input`.
enum RunInputs {
    static func read(
        pairs: [String], file: String?, schema: JSONSchema, wiring: Wiring
    ) throws(Failure) -> JSONValue {
        var inputs = JSONObject()
        if let file { inputs = try object(from: file, wiring: wiring) }
        try set(pairs, in: &inputs, schema)
        return try checked(inputs, schema)
    }

    /// The inputs of a run with some of them changed; they are checked by whoever takes them.
    static func changed(_ inputs: JSONValue, _ pairs: [String], _ schema: JSONSchema?) throws(Failure) -> JSONValue {
        var inputs = inputs.objectValue ?? [:]
        try set(pairs, in: &inputs, schema)
        return .object(inputs)
    }

    private static func set(_ pairs: [String], in inputs: inout JSONObject, _ schema: JSONSchema?) throws(Failure) {
        var names: Set<String> = []
        for pair in pairs {
            guard let equals = pair.firstIndex(of: "=") else {
                throw Failure("inputs.pair", "`--input` takes NAME=VALUE; found \"\(pair)\"", exit: .usage)
            }
            let name = String(pair[..<equals])
            guard names.insert(name).inserted else {
                throw Failure("inputs.twice", "`--input` gives \"\(name)\" twice", exit: .usage)
            }
            inputs[name] = value(String(pair[pair.index(after: equals)...]), of: schema?.property(name))
        }
    }

    /// The inputs with the defaults of what is not given, or a failure that tells every mistake.
    static func checked(_ inputs: JSONObject, _ schema: JSONSchema) throws(Failure) -> JSONValue {
        let filled = schema.fillingDefaults(in: .object(inputs))
        let violations = schema.violations(of: filled)
        guard let first = violations.first else { return filled }
        var failure = Failure(
            "inputs.\(first.fact.code)", "inputs: \(first.message)", hint: hint(schema), exit: .badData)
        failure.more = violations.dropFirst().map { ("inputs: \($0.message)", nil) }
        throw failure
    }

    private static func hint(_ schema: JSONSchema) -> String {
        let names = schema.propertyNames
        guard !names.isEmpty else { return "the definition declares no inputs" }
        let words = names.map { schema.requiredNames.contains($0) ? "\($0) (required)" : $0 }
        return "the inputs are \(words.joined(separator: ", "))"
    }

    private static func object(from file: String, wiring: Wiring) throws(Failure) -> JSONObject {
        guard let text = file == "-" ? readStandardInput() : wiring.readFile(file) else {
            let message =
                file == "-" || access(file, F_OK) == 0
                ? "\(file) cannot be read as UTF-8 text of at most 64 MB"
                : "there is no file \"\(file)\" with inputs"
            throw Failure("inputs.unreadable", message, exit: .badData)
        }
        let value = try parsed(text, of: file)
        guard let object = value.objectValue else {
            throw Failure("inputs.shape", "\(file) is \(value.typeName); expected an object", exit: .badData)
        }
        return object
    }

    /// A shell knows only text: `3` is a number where the definition wants one, and text where it wants text.
    private static func value(_ text: String, of schema: JSONSchema?) -> JSONValue {
        guard let schema else { return Wiring.value(text) }
        let (asText, asValue) = (JSONValue.string(text), Wiring.value(text))
        let violations = schema.violations(of: asText)
        if violations.isEmpty { return asText }
        let wantsNoText = violations.contains { if case .typeMismatch = $0.fact { true } else { false } }
        // Where neither fits, what is wrong is told of what was meant.
        return wantsNoText || schema.violations(of: asValue).isEmpty ? asValue : asText
    }
}
