internal import PluginHost
internal import SagaCore

/// What happens in a call, as who develops a plugin reads it: a word for the kind, and what there is to say.
struct CallWords {
    let kind: String
    let text: String

    /// Nil: there is nothing to say of it.
    init?(_ event: CallEvent, of verb: StepVerb) {
        switch event {
        case .began: return nil
        case .progressed(let progress):
            let percent = progress.percent.map { "\($0) %" }
            (kind, text) = ("progress", [percent, progress.note].compactMap { $0 }.joined(separator: "  "))
        case .checkpointed(let checkpoint): (kind, text) = ("checkpoint", checkpoint.text)
        case .ended(let outcome, let milliseconds):
            (kind, text) = Self.end(outcome, verb, "\(Self.round(milliseconds)) ms")
        }
    }

    init(_ line: PluginLog.Line) {
        switch line.origin {
        case .said: kind = line.levelName
        case .printed: kind = "printed"
        case .exchanged, .notMade: kind = "http"
        }
        text = line.message
    }

    private static func end(_ outcome: StepOutcome, _ verb: StepVerb, _ time: String) -> (String, String) {
        switch outcome {
        case .completed: (verb == .compensate ? "compensated" : "completed", time)
        case .suspended(let milliseconds, _): ("suspended", "to be called again in \(round(Double(milliseconds))) ms")
        case .found(let effect, _): ("found", "\(effect.rawValue), \(time)")
        case .failed(let error, _):
            ("failed", "\(error.message) (\(error.code), effect \(error.effect.rawValue)), \(time)")
        case .unavailable(let reason): ("unavailable", reason)
        }
    }

    /// As exact as anybody looks. eg: "0.42", "7.3", "812"
    static func round(_ milliseconds: Double) -> String {
        guard milliseconds < 100 else { return "\(Int64(milliseconds.rounded()))" }
        let scale: Double = milliseconds < 1 ? 100 : 10
        let rounded = (milliseconds * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    }
}

extension PluginLog.Line {
    var levelName: String {
        let names = ["trace", "debug", "info", "warn", "error"]
        return names.indices.contains(Int(level)) ? names[Int(level)] : "info"
    }
}
