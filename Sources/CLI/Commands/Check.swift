internal import ArgumentParser
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

            Exits with 0 when every definition is sound, with 65 when one is not.
            """)

    @Argument(help: "Definition files, `-` for stdin, or names of shipped definitions.")
    var files: [String]

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        let catalog = try wiring.catalog(try wiring.existingStore())
        var reports: [JSONValue] = []
        var bad = 0
        for file in files {
            do throws(Failure) {
                let source = try DefinitionSource(file, wiring: wiring, catalog: catalog)
                let check = source.check(catalog)
                if !check.errors.isEmpty { bad += 1 }
                reports.append(Self.json(source, check))
                if options.output == .table { Self.show(source, check) }
            } catch {
                // One file that is not there does not hide what is wrong with the others.
                bad += 1
                reports.append(Self.json(file, error))
                if options.output == .table { Terminal.say(error: error.message, hint: error.hint) }
            }
        }
        switch options.output {
        case .table: break
        case .json: Terminal.print(JSONValue.object(["definitions": .array(reports)]).text(pretty: true))
        case .jsonl: for report in reports { Terminal.print(report.text) }
        }
        if bad > 0 { throw ExitCode(Failure.Exit.badData.rawValue) }
    }

    private static func json(_ file: String, _ failure: Failure) -> JSONValue {
        [
            "file": .string(file), "ok": false, "saga": .null,
            "errors": [["code": .string(failure.code), "message": .string(failure.message)]], "warnings": [],
        ]
    }

    private static func show(_ source: DefinitionSource, _ check: DefinitionCheck) {
        for finding in check.findings {
            let isError = finding.severity == .error
            Terminal.say(
                Style.bold.on(isError ? "error:" : "warning:", 2, colour: isError ? .red : .yellow) + " "
                    + source.sentence(finding))
            if let hint = finding.hint { Terminal.say("hint: " + hint) }
        }
        if let saga = check.saga {
            Terminal.print("\(source.name): saga \"\(saga.name)\" is sound; \(count(saga.steps.count, "step"))")
        } else {
            Terminal.say("\(source.name): \(count(check.errors.count, "error"))")
        }
    }

    private static func json(_ source: DefinitionSource, _ check: DefinitionCheck) -> JSONValue {
        var report: JSONObject = ["file": .string(source.name)]
        for (key, value) in check.report { report[key] = value }
        return .object(report)
    }
}

func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
