internal import ArgumentParser
internal import Conformance
internal import Glibc
internal import SagaCore

extension PluginsCommand {
    /// `arcadia plugins check PATH`
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Try a plugin against the contract, for its author. Nothing of it loads in here.",
            discussion: """
                Each test above level 1 is made in a worker of its own, which is killed when it
                takes too long. Levels: 1 the files, 2 loading, 3 the contract, 4 the laws of a
                saga step (twice is once, taken back is as before, killed at any moment), 5
                stress and fuzz. Operations are tried with the examples of plugin.json, in
                temporary folders; check.json beside it may give samples, files and a server to
                ask (README.md of the repository says how).

                EXAMPLES
                  arcadia plugins check ./build/mine
                  arcadia plugins check ./build/mine --level 5 --seed 7
                  arcadia plugins check ./build/mine --only D04
                  arcadia plugins check ./build/mine --output junit > report.xml

                Exits with 0 when nothing failed, with 1 when something did, 64 usage.
                """)

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case table, json, junit
        }

        @Argument(help: "The plugin's folder, with plugin.json and the library in it.")
        var path: String

        @Option(help: "All tests up to this level, 1 to 5.")
        var level = 4

        @Option(help: ArgumentHelp("These tests alone, whatever their level.", valueName: "id,id"))
        var only: String?

        @Option(help: ArgumentHelp("All but these.", valueName: "id,id"))
        var skip: String?

        @Option(help: "Of what level 5 does by chance.")
        var seed: UInt64 = 1

        @Option(name: .customLong("repeat"), help: ArgumentHelp("Make everything so many times.", valueName: "times"))
        var rounds = 1

        @Flag(help: "For a debugger: the plugin is loaded into this very process, and ends it when it crashes.")
        var inProcess = false

        @Option(help: ArgumentHelp("Play recorded HTTP to it; see `run --http-record`.", valueName: "file"))
        var httpReplay: String?

        @Option(name: .shortAndLong, help: "How the result is printed: table, json or junit.")
        var output = Format.table

        func validate() throws {
            Terminal.output = output == .json ? .json : .table
            guard (1...5).contains(level) else { throw ValidationError("--level is a number from 1 to 5") }
            guard rounds > 0 else { throw ValidationError("--repeat is a number above 0") }
        }

        func run() throws {
            let options = options
            let trials: [Trial]
            do throws(CheckRun.UnknownTrial) {
                trials = try CheckRun.chosen(options)
            } catch {
                throw Failure(
                    "check.unknown_test", "there is no test \"\(error.id)\"",
                    hint: closest(to: error.id.uppercased(), among: Trial.all.map(\.id)).map { "did you mean \($0)?" },
                    exit: .usage)
            }
            if inProcess {
                Terminal.say("warning: --in-process loads the plugin into this process; what it breaks, breaks here")
            }
            var hasFailed = false
            for _ in 0..<rounds { hasFailed = try !check(trials, options) || hasFailed }
            if hasFailed { throw ExitCode(1) }
        }

        private var options: CheckOptions {
            func ids(_ list: String?) -> [String] { (list ?? "").split(separator: ",").map { String($0) } }
            var options = CheckOptions()
            (options.level, options.only, options.skip) = (level, ids(only), ids(skip))
            (options.seed, options.isInThisProcess, options.cassette) = (seed, inProcess, httpReplay)
            return options
        }

        /// True: nothing failed.
        private func check(_ trials: [Trial], _ options: CheckOptions) throws -> Bool {
            let began = ContinuousClock.now
            let exam: Examination
            do throws(CheckProblem) {
                exam = try Examination(path, options)
            } catch {
                throw Failure("check.impossible", error.message, exit: .usage)
            }
            let shows = output == .table && isatty(STDERR_FILENO) == 1
            let results = CheckRun(exam).perform(trials) { trial in
                guard shows else { return }
                Terminal.clear(on: STDERR_FILENO)
                Terminal.write(fit("\(trial.id) \(trial.title)", 78), to: STDERR_FILENO)
            }
            if shows { Terminal.clear(on: STDERR_FILENO) }
            let time = began.duration(to: .now).components
            let report = CheckReport(
                exam.name, path: path, results, seconds: Double(time.seconds) + Double(time.attoseconds) / 1e18, options
            )
            switch output {
            case .table: show(report)
            case .json: Terminal.print(json: report.json)
            case .junit: Terminal.print(report.junit)
            }
            return report.failures.isEmpty
        }

        private func show(_ report: CheckReport) {
            for result in report.results {
                guard let seen = result.verdict.seen, !result.verdict.isHeldUp else { continue }
                let (word, colour): (String, Style.Colour) =
                    switch result.verdict.name {
                    case "warn": ("warning", .yellow)
                    case "skip": ("skipped", .dim)
                    case "fail": ("failed", .red)
                    case "crash": ("crashed", .red)
                    default: ("timeout", .red)
                    }
                let isSkipped = result.verdict.name == "skip"
                let head = Style(isBold: !isSkipped).on(word, colour: colour)
                Terminal.print("\(head) \(result.trial.id) \(isSkipped ? seen : result.trial.title)")
                guard !isSkipped else { continue }
                say("seen", seen)
                say("expected", result.trial.expected)
                say("fix", result.trial.fix)
                Terminal.print("  repeat    \(report.command(result))")
            }
            let heldUp = report.results.filter(\.verdict.isHeldUp).map(\.trial.id)
            if !heldUp.isEmpty { say("skipped", heldUp.joined(separator: " ") + ": others have to pass first", at: "") }
            Terminal.print("\(report.plugin): \(report.summary)")
        }

        /// Folded to 80 columns.
        private func say(_ key: String, _ text: String, at margin: String = "  ") {
            var line = margin + pad(key, margin.isEmpty ? 7 : 10)
            for word in text.split(separator: " ") {
                if line.count + word.count > 79, line.count > 12 {
                    Terminal.print(line)
                    line = String(repeating: " ", count: margin.isEmpty ? 8 : 12)
                }
                line += line.hasSuffix(" ") ? word : " " + word
            }
            Terminal.print(line)
        }
    }
}
