public import SagaCore

/// What a check came to, for programs.
public struct CheckReport: Sendable {
    public let plugin: String
    public let path: String
    public let results: [TrialResult]
    public let seconds: Double
    private let options: CheckOptions

    public init(_ plugin: String, path: String, _ results: [TrialResult], seconds: Double, _ options: CheckOptions) {
        self.plugin = plugin
        self.path = path
        self.results = results
        self.seconds = seconds
        self.options = options
    }

    public var failures: [TrialResult] { results.filter(\.verdict.isFailure) }

    /// eg: "37 passed, 2 warnings, 1 failed, 3 skipped in 2.1 s"
    public var summary: String {
        func count(_ name: String) -> Int { results.count { $0.verdict.name == name } }
        let warnings = count("warn")
        return "\(count("pass")) passed, \(warnings) warning\(warnings == 1 ? "" : "s"), \(failures.count) failed, "
            + "\(count("skip")) skipped in \(tenths(seconds)) s"
    }

    private func tenths(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Repeats one test, and nothing else.
    public func command(_ result: TrialResult) -> String {
        let seed = result.trial.level == 5 ? " --seed \(options.seed)" : ""
        let cassette = options.cassette.map { " --http-replay \($0)" } ?? ""
        return "arcadia plugins check \(path) --only \(result.trial.id)\(seed)\(cassette)"
    }

    public var json: JSONValue {
        [
            "plugin": .string(plugin), "path": .string(path), "ok": .bool(failures.isEmpty),
            "summary": .string(summary), "seed": .int(Int64(bitPattern: options.seed)),
            "tests": .array(results.map(json)),
        ]
    }

    private func json(_ result: TrialResult) -> JSONValue {
        var object: JSONObject = [
            "id": .string(result.trial.id), "level": .int(Int64(result.trial.level)),
            "title": .string(result.trial.title), "status": .string(result.verdict.name),
            "milliseconds": .int(result.milliseconds),
        ]
        guard let seen = result.verdict.seen else { return .object(object) }
        object["seen"] = .string(seen)
        guard result.verdict.name != "skip" else { return .object(object) }
        object["expected"] = .string(result.trial.expected)
        object["fix"] = .string(result.trial.fix)
        object["repeat"] = .string(command(result))
        return .object(object)
    }

    // MARK: - JUnit

    /// As build servers read it.
    public var junit: String {
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
        let skipped = results.count { $0.verdict.name == "skip" }
        let errors = failures.count { $0.verdict.name != "fail" }
        lines.append(
            #"<testsuite name="\#(escaped(plugin))" tests="\#(results.count)" failures="\#(failures.count - errors)" errors="\#(errors)" skipped="\#(skipped)" time="\#(tenths(seconds))">"#
        )
        for result in results { lines += testCase(result) }
        return (lines + ["</testsuite>"]).joined(separator: "\n")
    }

    private func testCase(_ result: TrialResult) -> [String] {
        let trial = result.trial
        let head =
            #"<testcase classname="\#(escaped(plugin)).level\#(trial.level)" name="\#(trial.id) \#(escaped(trial.title))" time="\#(Double(result.milliseconds) / 1000)""#
        guard let seen = result.verdict.seen else { return [head + "/>"] }
        let element =
            switch result.verdict.name {
            case "skip": "skipped"
            case "warn": "system-out"
            case "fail": "failure"
            default: "error"
            }
        let advice = "\(seen)\nexpected: \(trial.expected)\nfix: \(trial.fix)\nrepeat: \(command(result))"
        let body =
            element == "skipped"
            ? #"<skipped message="\#(escaped(seen))"/>"#
            : element == "system-out"
                ? "<system-out>\(escaped("warning: " + advice))</system-out>"
                : #"<\#(element) message="\#(escaped(seen))">\#(escaped(advice))</\#(element)>"#
        return [head + ">", body, "</testcase>"]
    }

    /// XML 1.0 has no place for most control characters.
    private func escaped(_ text: String) -> String {
        let plain = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "\n": "\n"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): " "
            default: String(scalar)
            }
        }
        return plain.joined()
    }
}

extension Verdict {
    /// What was seen, in words; nil: nothing that anybody has to know.
    public var seen: String? {
        switch self {
        case .pass: nil
        case .warn(let finding), .fail(let finding): finding.words
        case .skip(let reason): reason.words
        case .crash(let how, let doing): "it ended its process \(doing.isEmpty ? "" : "in ")\(doing): \(how)"
        case .timeout(let seconds, let doing): "it did not come back from \(doing) within \(Int(seconds)) s"
        }
    }
}

extension Verdict {
    /// Another test has to pass first.
    public var isHeldUp: Bool { if case .skip(.needs) = self { true } else { false } }
}

extension SkipReason {
    var words: String {
        switch self {
        case .needs(let id): "\(id) has to pass first"
        case .without(let what): "it has no \(what)"
        case .noSamples(let operations):
            "nothing to try \(operations.prefix(3).joined(separator: ", ")) with: give `examples` in plugin.json or samples in check.json; with HTTP also a `server` there, or --http-replay"
        case .needsWorker: "not within this process"
        }
    }
}
