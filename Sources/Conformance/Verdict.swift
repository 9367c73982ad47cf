/// What a test has to say of a plugin. The words are in `Finding+Words.swift`.
public enum Verdict: Sendable {
    case pass
    case warn(Finding)
    case fail(Finding)
    case skip(SkipReason)
    /// It ended its process.
    case crash(how: String, doing: String)
    /// It did not come back, and its process was ended.
    case timeout(seconds: Double, doing: String)

    /// As reports name it.
    public var name: String {
        switch self {
        case .pass: "pass"
        case .warn: "warn"
        case .fail: "fail"
        case .skip: "skip"
        case .crash: "crash"
        case .timeout: "timeout"
        }
    }

    /// It counts against the plugin.
    public var isFailure: Bool {
        switch self {
        case .fail, .crash, .timeout: true
        case .pass, .warn, .skip: false
        }
    }
}

/// Why a test was not made.
public enum SkipReason: Sendable {
    /// Another one has to pass first.
    case needs(String)
    /// The plugin does not do what it is about. A noun.
    case without(String)
    /// No operation with something to try it with, and a world to try it in.
    case noSamples(operations: [String])
    /// It cannot be made within the checker's own process.
    case needsWorker
}

/// Ends a test before its end.
struct Stop: Error {
    let verdict: Verdict
    init(_ verdict: Verdict) { self.verdict = verdict }
    init(_ finding: Finding) { verdict = .fail(finding) }
}
