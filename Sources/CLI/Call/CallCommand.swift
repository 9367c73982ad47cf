internal import SagaCore

/// The command that makes a call, so that it can be typed again.
struct CallCommand {
    private var words: [[String]]

    /// - Parameters:
    ///   - call: of which verb, with what, under whose key.
    ///   - data: the folder it works in; nil: one of its own.
    init(_ call: HandCall, _ host: HostOptions, data: String?) {
        words = [["arcadia", "plugins", "call", call.operation.description]]
        if call.verb != .execute { words[0].append("--" + call.verb.rawValue) }
        add("run", call.run.description)
        if call.step != HandCall.defaultStep(of: call.operation) { add("step", call.step) }
        for folder in host.plugins { add("plugins", folder) }
        for setting in host.config { add("config", setting) }
        if let data { add("data", data) }
        if let file = host.httpReplay { add("http-replay", file) }
        if !call.context.isEmpty { add("run-context", JSONValue.object(call.context).text) }
        add("with", call.with.text)
        if let result = call.result { add("result", JSONValue.object(result).text) }
        if let checkpoint = call.checkpoint { add("checkpoint", checkpoint.text) }
    }

    private mutating func add(_ option: String, _ value: String) { words.append(["--" + option, value]) }

    /// On one line, for a program.
    var text: String { words.map(Self.quoted).joined(separator: " ") }

    /// An option a line, for a person who copies it.
    var lines: [String] {
        words.enumerated().map { index, words in
            (index == 0 ? "  " : "    ") + Self.quoted(words) + (index + 1 < self.words.count ? " \\" : "")
        }
    }

    private static func quoted(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// For a POSIX shell. eg: it's → 'it'\''s'
    static func quoted(_ word: String) -> String {
        guard word.isEmpty || !word.unicodeScalars.allSatisfy(isPlain) else { return word }
        return "'" + word.replacing("'", with: #"'\''"#) + "'"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: "_-./:=@%+,".unicodeScalars.contains(scalar)
        }
    }
}

extension HandCall {
    /// What its step is called where nobody says.
    static func defaultStep(of operation: OperationName) -> String { operation.operation }

    /// What takes this one back, or asks what became of it.
    func following(_ verb: StepVerb, result: JSONObject?, checkpoint: JSONValue?) -> HandCall {
        HandCall(
            verb: verb, operation: operation, run: run, step: step, attempt: 1, with: with, result: result,
            checkpoint: checkpoint, context: context, timeoutSeconds: timeoutSeconds)
    }
}
