internal import Glibc
internal import SagaCore

/// A run as a tree of lines: what `run`, `runs show` and `runs watch` print.
struct RunTree {
    let id: RunID
    let saga: Saga
    let status: RunStatus
    let machine: RunMachine
    let now: Timestamp
    var seconds: Double?
    var blocked: String?

    /// The lines, cut to `width`; nil: as long as they are.
    func lines(width: Int? = nil) -> [String] {
        var head = "run \(id)  \(saga.name)  "
        if let seconds { head += "\(Self.duration(seconds))  " }
        var lines = [(head, colour(of: status), status.rawValue)]
        let idWidth = saga.steps.map(\.id.count).max() ?? 0
        let usesWidth = saga.steps.map(\.uses.description.count).max() ?? 0
        for step in saga.steps {
            let record = machine.steps[step.number - 1]
            let (sign, colour) = Self.sign(of: record.status)
            let name = pad(step.id, idWidth) + "  " + pad(step.uses.description, usesWidth) + "  "
            lines.append(("  \(sign) " + name, colour, words(of: record, step: step)))
        }
        return lines.map { text, colour, coloured in
            let room = width.map { max(10, $0 - text.count) }
            return text + Style.plain.on(room.map { fit(coloured, $0) } ?? coloured, colour: colour)
        }
    }

    static func sign(of status: StepStatus?) -> (String, Style.Colour) {
        switch status {
        case .completed: ("✔", .green)
        case .failed: ("✘", .red)
        case .compensated: ("↩", .yellow)
        case .compensationFailed: ("⚠", .red)
        case .running, .compensating: ("●", .blue)
        case .suspended: ("◌", .blue)
        case .skipped: ("–", .dim)
        case nil: ("·", .dim)
        }
    }

    private func colour(of status: RunStatus) -> Style.Colour {
        switch status {
        case .completed: .green
        case .rolledBack: .yellow
        case .failed: .red
        case .pending, .running, .compensating: .blue
        }
    }

    private func words(of record: RunMachine.StepRecord, step: Step) -> String {
        switch record.status {
        case nil: return "not reached"
        case .failed: return "failed: " + (record.error?.message ?? "cancelled")
        case .compensationFailed: return "could not be taken back: " + (record.error?.message ?? "")
        case .compensated:
            return record.error.map { "compensated, after it failed: \($0.message)" } ?? "compensated"
        case .suspended: return waiting(record, step)
        case .compensating:
            if let error = record.error, record.compensationAttempt > 1 {
                return "compensating, attempt \(record.compensationAttempt)\(due): \(error.message)"
            }
            return "compensating" + due
        case .running where record.attempt > 1: return "running, attempt \(record.attempt)"
        case .completed where record.attempt > 1: return "completed, attempt \(record.attempt)"
        case let status?: return status.rawValue
        }
    }

    private func waiting(_ record: RunMachine.StepRecord, _ step: Step) -> String {
        guard let error = record.error else { return "suspended" + due }
        return "attempt \(record.attempt) of \(step.retry.maxAttempts)\(due): \(error.message)"
    }

    /// ", in 4 s": when the timer is due.
    private var due: String {
        guard case .wait(let moment) = machine.next, moment > now else { return "" }
        return " in " + Self.duration(Double(moment - now) / 1000)
    }

    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<9.95: "\((seconds * 10).rounded() / 10) s"
        case ..<120: "\(Int(seconds.rounded())) s"
        case ..<7200: "\(Int((seconds / 60).rounded())) min"
        case ..<172_800: "\(Int((seconds / 3600).rounded())) h"
        default: "\(Int((seconds / 86400).rounded())) days"
        }
    }
}

func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

/// Shows one run while it goes: redrawn in place on a terminal, a line for each change elsewhere.
final class RunProgress: RunObserver {
    private struct State {
        var drawn = 0
        var startedAt: Timestamp?
        var blocked: [RunID: String] = [:]
    }

    private let state = Monitor(State())
    private let isLive: Bool
    private let isQuiet: Bool
    private let clock: any RunClock

    init(clock: any RunClock, isQuiet: Bool) {
        self.clock = clock
        self.isQuiet = isQuiet
        isLive = Terminal.isInteractive && Terminal.output == .table
    }

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {
        guard !isQuiet else { return }
        if isLive {
            draw(id, saga, machine)
        } else {
            for stored in events where stored.event.kind != .checkpointed {
                Terminal.say(Self.line(stored.event, of: saga))
            }
        }
    }

    func run(_ id: RunID, isBlocked reason: String) { state.withLock { $0.blocked[id] = reason } }
    func runEnded(_ id: RunID, _ status: RunStatus) {}

    func blockedReason(of id: RunID) -> String? { state.withLock { $0.blocked[id] } }

    /// Draws over what was drawn before; the last drawing stays.
    private func draw(_ id: RunID, _ saga: Saga, _ machine: RunMachine) {
        let now = clock.now
        let lines = state.withLock { state in
            let startedAt = state.startedAt ?? now
            state.startedAt = startedAt
            let tree = RunTree(
                id: id, saga: saga, status: machine.status, machine: machine, now: now,
                seconds: Double(now - startedAt) / 1000)
            let lines = tree.lines(width: Terminal.width)
            let up = state.drawn > 0 ? "\u{1B}[\(state.drawn)A" : ""
            state.drawn = lines.count
            return up + lines.map { "\u{1B}[2K" + $0 + "\n" }.joined()
        }
        Terminal.write(lines, to: STDOUT_FILENO)
    }

    static func line(_ event: RunEvent, of saga: Saga) -> String {
        let step = event.step.map { saga.steps[$0] }
        let name = step.map { "\($0.id) (\($0.uses))" } ?? "run"
        switch event {
        case .stepCompleted: return "✔ \(name) completed"
        case .stepSuspended(_, _, _, _): return "◌ \(name) suspended"
        case .stepFailed(_, let attempt, let error, let then):
            return "✘ \(name) attempt \(attempt) failed: \(error.message)" + Self.words(then)
        case .stepProbed(_, _, let effect, _, _): return "? \(name) probed: effect \(effect.rawValue)"
        case .checkpointed: return "• \(name) wrote a checkpoint"
        case .cancelRequested(let reason, _): return "✘ \(name) cancelled: \(reason)"
        case .compensationCompleted(_, _, let how):
            switch how {
            case .called: return "↩ \(name) compensated"
            case .nothingToDo: return "↩ \(name) compensated; there was nothing to take back"
            case .kept: return "✔ \(name) kept, as the definition says"
            }
        case .compensationSuspended: return "◌ \(name) compensation suspended"
        case .compensationFailed(_, let attempt, let error, _):
            return "⚠ \(name) attempt \(attempt) to compensate failed: \(error.message)"
        case .retryRequested(let reason): return "↻ \(name) taken up again: \(reason)"
        }
    }

    private static func words(_ then: RunEvent.AfterFailure) -> String {
        switch then {
        case .execute(let attempt, _): "; attempt \(attempt) follows"
        case .probe: "; asking the plugin what happened"
        case .compensate: ""
        }
    }
}
