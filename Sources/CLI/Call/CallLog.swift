internal import PluginHost
internal import SagaCore
internal import Synchronization

/// A call as it goes, on stderr: what the plugin says, prints and asks for, each with the seconds since the call began.
final class CallLog: CallAudience {
    private let begun = ContinuousClock.now
    private let exchanged = Atomic<Int>(0)
    /// What the plugin says below this is left out.
    private let floor: Int32

    /// Requests that were made.
    var exchanges: Int { exchanged.load(ordering: .relaxed) }

    init(verbose: Bool) {
        floor = verbose ? 0 : 2
        PluginLog.show { [self] line in hear(line) }
    }

    private func hear(_ line: PluginLog.Line) {
        if line.origin == .exchanged { exchanged.add(1, ordering: .relaxed) }
        guard line.origin != .said || line.level >= floor else { return }
        say(CallWords(line))
    }

    func looksAt(plugin: String) -> Bool { true }

    func saw(_ event: CallEvent, in call: StepCall) {
        // How it ended is the result, and comes last.
        if case .ended(let outcome, _) = event {
            guard case .suspended = outcome else { return }
        }
        if let words = CallWords(event, of: call.verb) { say(words) }
    }

    private func say(_ words: CallWords) {
        let milliseconds = Int64(begun.duration(to: .now).milliseconds.rounded())
        let seconds = "\(milliseconds / 1000).\(String("\(1000 + milliseconds % 1000)".dropFirst())) s"
        let space = String(repeating: " ", count: max(0, 9 - seconds.count))
        Terminal.say("\(space)\(seconds)  \(pad(words.kind, 10))  \(words.text)")
    }
}
