internal import ArgumentParser
internal import Identity
internal import SagaCore

/// `arcadia check FILE…`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Find every mistake in definitions, without running anything.",
        discussion: """
            EXAMPLES
              arcadia check trip.json
              arcadia check definitions/*.json --output json
              generate | arcadia check -

            How a definition is written: `arcadia explain definitions`.

            Everything that is wrong is told at once, with its code, line and column;
            `arcadia explain CODE` says what a code means. Exits with 0 when every
            definition is sound, with 65 when one is not.

            \(RoleNeed.help(.readDefinitions))
            """)

    @Argument(help: "Definition files, `-` for stdin, or names: `trip`, or `trip@2`.")
    var files: [String]

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        let reader = try reader(wiring)
        let reports = try files.map { try report(of: $0, reader) }
        let bad = reports.count { $0["ok"]?.boolValue != true }
        switch options.output {
        case .table: Self.sayMore(reports)
        case .json: Terminal.print(JSONValue.object(["definitions": .array(reports)]).text(pretty: true))
        case .jsonl: for report in reports { Terminal.print(report.text) }
        }
        if bad > 0 { throw ExitCode(Failure.Exit.badData.rawValue) }
    }

    /// How definitions are read and checked: here, or by a server.
    private struct Reader {
        let read: (String) throws -> DefinitionSource
        /// `DefinitionCheck.report`
        let check: (DefinitionSource) throws -> JSONValue
    }

    private func reader(_ wiring: Wiring) throws(Failure) -> Reader {
        if let server = try wiring.server() {
            return Reader(
                read: { try DefinitionSource($0, wiring: wiring, server: server) },
                check: { try server.get($0.checking) })
        }
        let catalog = try wiring.catalog(try wiring.existingStore())
        return Reader(
            read: { try DefinitionSource($0, wiring: wiring, catalog: catalog) },
            check: { .object($0.check(catalog).report(on: $0.text)) })
    }

    /// Shows what is found in a file, and tells it. One that is not there does not hide what is wrong with the others.
    private func report(of file: String, _ reader: Reader) throws -> JSONValue {
        let read = Result { try reader.read(file) }
        if case .failure(let failure as Failure) = read, failure.code == "definition.unreadable" {
            if options.output == .table { Terminal.say(error: failure.message, hint: failure.hint) }
            return Self.json(file, failure)
        }
        let source = try read.get()
        let report = try reader.check(source)
        if options.output == .table { Self.show(source, report) }
        return Self.json(source, report)
    }

    private static func json(_ file: String, _ failure: Failure) -> JSONValue {
        [
            "file": .string(file), "ok": false, "saga": .null,
            "errors": [["code": .string(failure.code), "message": .string(failure.message)]], "warnings": [],
        ]
    }

    /// Nobody reads more of one definition at a time, and a mistake in every step is one mistake.
    private static let mostShown = 50

    private static func show(_ source: DefinitionSource, _ report: JSONValue) {
        let (errors, warnings) = (report.rows("errors"), report.rows("warnings"))
        let findings = errors.map { ($0, DefinitionError.Severity.error) } + warnings.map { ($0, .warning) }
        for (finding, severity) in findings.prefix(mostShown) { FindingPage.say(finding, severity, in: source) }
        if findings.count > mostShown {
            Terminal.say("… and \(findings.count - mostShown) more; `--output json` has them all\n")
        }
        let counts = [(errors, "error"), (warnings, "warning")].filter { !$0.0.isEmpty }.map { count($0.0.count, $0.1) }
        if let saga = Saga(unchecked: source.text, fallbackName: report.shown("saga")), errors.isEmpty {
            let facts = [count(saga.steps.count, "step")] + counts
            Terminal.print(
                "\(source.name): saga \"\(report.shown("saga"))\" is sound; \(facts.joined(separator: ", "))")
        } else {
            Terminal.say("\(source.name): \(counts.joined(separator: ", "))")
        }
    }

    /// Where the first of the findings is explained.
    private static func sayMore(_ reports: [JSONValue]) {
        let findings = reports.flatMap { $0.rows("errors") } + reports.flatMap { $0.rows("warnings") }
        let codes = findings.compactMap { $0["code"]?.stringValue }
        guard let code = codes.first(where: { Explanation.find($0) != nil }) else { return }
        Terminal.say("`arcadia explain \(code)` says more\(Set(codes).count > 1 ? ", as it does of every code" : "")")
    }

    private static func json(_ source: DefinitionSource, _ report: JSONValue) -> JSONValue {
        var object: JSONObject = ["file": .string(source.name)]
        for (key, value) in report.objectValue ?? [:] { object[key] = value }
        return .object(object)
    }
}
