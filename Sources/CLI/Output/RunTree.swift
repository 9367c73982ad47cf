internal import Glibc
internal import PluginHost
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
        let paused = machine.pauseReason.map { ", paused: \($0)" } ?? ""
        var lines = [(head, colour(of: status), status.rawValue + paused)]
        let shown = refs
        let names = shown.map(name)
        let kinds = shown.map(kind)
        let (nameWidth, kindWidth) = (names.map(\.count).max() ?? 0, kinds.map(\.count).max() ?? 0)
        for (place, ref) in shown.enumerated() {
            var record = machine[ref]
            if status == .pending { record.status = nil }
            let (sign, colour) = Self.sign(of: record.status)
            let name = pad(names[place], nameWidth) + "  " + pad(kinds[place], kindWidth) + "  "
            lines.append(("  \(sign) " + name, colour, words(of: record, ref)))
            let isLeft = record.status == .compensationFailed
            if status == .completed || isLeft, let output = summary(of: record) {
                lines.append(("      ", .dim, output))
            }
        }
        return lines.map { text, colour, coloured in
            let room = width.map { max(10, $0 - text.count) }
            return text + Style.plain.on(room.map { fit(coloured, $0) } ?? coloured, colour: colour)
        }
    }

    /// Of a `for_each` with many items those that are done are only counted.
    private static let manyItems = 20

    private var refs: [StepRef] {
        let refs = machine.records
        guard refs.count - saga.steps.count > Self.manyItems else { return refs }
        return refs.filter { ref in
            ref.item.isEmpty || ![.completed, .compensated, .skipped].contains(machine[ref].status)
        }
    }

    /// Set in by how deep it stands; the first of an item's steps says which item.
    private func name(_ ref: StepRef) -> String {
        var depth = 0
        var at = machine.parent(of: ref)
        while let parent = at {
            depth += 1
            at = machine.parent(of: parent)
        }
        let item = ref.item.last.map { "[\($0)] " } ?? ""
        return String(repeating: "  ", count: depth) + item + saga.steps[ref.index].id
    }

    private func kind(_ ref: StepRef) -> String {
        switch saga.steps[ref.index].form {
        case .call: return saga.steps[ref.index].uses.description
        case .parallel: return "parallel"
        case .scope: return "scope"
        case .saga(let saga): return "saga " + saga.name
        case .forEach:
            let items = machine.items(of: ref).count
            return items == 0 ? "for_each" : "for_each, \(items) items"
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

    private func words(of record: RunMachine.StepRecord, _ ref: StepRef) -> String {
        switch record.status {
        case nil: return "not reached"
        case .failed: return "failed: " + (record.error?.message ?? "cancelled")
        case .compensationFailed: return "could not be taken back: " + (record.error?.message ?? "")
        case .compensated where record.markReason != nil: return "taken back by hand: \(record.markReason ?? "")"
        case .completed where record.isKnown: return "known from run \(record.execution!.run)"
        case .completed where record.givenTo != nil: return "completed; run \(record.givenTo!) went on with it"
        case .completed where record.execution != nil: return "adopted from run \(record.execution!.run)"
        case .compensated where record.skipReason != nil:
            return "left out by hand: \(record.skipReason ?? ""); what it may have done is taken back"
        case .compensated:
            return record.error.map { "compensated, after it failed: \($0.message)" } ?? "compensated"
        case .skipped: return record.skipReason.map { "left out by hand: \($0)" } ?? "left out: `when` does not hold"
        case .failed where !saga.steps[ref.index].isCall: return "failed"
        case .suspended: return waiting(ref, record)
        case .compensating:
            if let error = record.error, record.compensationAttempt > 1 {
                return "compensating, attempt \(record.compensationAttempt)\(due(record)): \(error.message)"
            }
            return "compensating" + due(record)
        case .running where record.attempt > 1: return "running, attempt \(record.attempt)"
        case .completed where record.attempt > 1: return "completed, attempt \(record.attempt)"
        case let status?: return status.rawValue
        }
    }

    /// What a step put out, on one line: texts and numbers, what lies deeper is in `--output json`. eg:
    /// "droplet_id 3164444  public_ipv4 104.236.32.182"
    private func summary(of record: RunMachine.StepRecord) -> String? {
        let parts = (record.output ?? [:]).compactMap { key, value -> String? in
            switch value {
            case .string(let text) where text.count <= 60 && !text.contains("\n"): "\(key) \(text)"
            case .int, .number, .bool: "\(key) \(value.text)"
            default: nil
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "  ")
    }

    private func waiting(_ ref: StepRef, _ record: RunMachine.StepRecord) -> String {
        let step = saga.steps[ref.index]
        guard let error = record.error else {
            let until = machine.waitEnd(of: ref).map { "until \($0.shortened(at: now))" }
            switch step.uses {
            case SignalOperations.waitSignal: return signal(step) + (until.map { ", \($0)" } ?? "")
            case SignalOperations.wait: return until.map { "waits \($0)" } ?? asleep(record)
            default: return asleep(record)
            }
        }
        return "attempt \(record.attempt) of \(step.retry.maxAttempts)\(due(record)): \(error.message)"
    }

    /// What comes at the end of the timer is another look, not the end of the step.
    private func asleep(_ record: RunMachine.StepRecord) -> String {
        due(record).isEmpty ? "suspended" : "suspended, looks again" + due(record)
    }

    private func signal(_ step: Step) -> String {
        step.signalName.map { "waits for the signal \"\($0)\"" } ?? "waits for a signal"
    }

    /// " in 4 s": when the timer is due.
    private func due(_ record: RunMachine.StepRecord) -> String {
        guard let moment = record.timer, moment > now else { return "" }
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
        var drawnAt: Timestamp?
        var shown: (id: RunID, saga: Saga, machine: RunMachine)?
        var lastLine = ""
        var blocked: [RunID: String] = [:]
    }

    private let state = Monitor(State())
    private let isLive: Bool
    private let isQuiet: Bool
    private let clock: SystemClock

    init(clock: SystemClock, isQuiet: Bool) {
        self.clock = clock
        self.isQuiet = isQuiet
        isLive = Terminal.isInteractive && Terminal.output == .table
        if isLive { clock.addRegular { [weak self] in self?.tick() } }
    }

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {
        guard !isQuiet else { return }
        if isLive {
            state.withLock { state in
                state.shown = (id, saga, machine)
                draw(&state)
            }
        } else {
            for stored in events where stored.event.kind != .checkpointed { say(Self.line(stored.event, of: saga)) }
        }
    }

    func run(_ id: RunID, isBlocked reason: String) { state.withLock { $0.blocked[id] = reason } }
    func runEnded(_ id: RunID, _ status: RunStatus) { state.withLock { $0.shown = nil } }

    func blockedReason(of id: RunID) -> String? { state.withLock { $0.blocked[id] } }

    /// A step that polls says the same again and again: once is enough.
    private func say(_ line: String) {
        let isNew = state.withLock { state in
            defer { state.lastLine = line }
            return state.lastLine != line
        }
        if isNew { Terminal.say(line) }
    }

    /// Time goes by while nothing happens: what is waited for should show it.
    private func tick() {
        state.withLock { state in
            guard state.shown != nil, let last = state.drawnAt, clock.now - last >= 500 else { return }
            draw(&state)
        }
    }

    /// Draws over what was drawn before; the last drawing stays.
    private func draw(_ state: inout State) {
        guard let (id, saga, machine) = state.shown else { return }
        let now = clock.now
        let startedAt = state.startedAt ?? now
        state.startedAt = startedAt
        state.drawnAt = now
        let tree = RunTree(
            id: id, saga: saga, status: machine.status, machine: machine, now: now,
            seconds: Double(now - startedAt) / 1000)
        let current = saga.step(of: machine.afterWaiting)?.number
        let lines =
            machine.isEnded
            ? tree.lines(width: Terminal.width) : Self.fitted(tree.lines(width: Terminal.width), current)
        if state.drawn > 0 { Terminal.clear(lines: state.drawn, on: Terminal.results) }
        state.drawn = lines.count
        Terminal.write(lines.map { $0 + "\n" }.joined(), to: Terminal.results)
    }

    /// What fits the terminal: the head, and the steps around the current one.
    private static func fitted(_ lines: [String], _ current: Int?) -> [String] {
        let room = max(4, Terminal.height - 2)
        guard lines.count > room else { return lines }
        let first = max(1, min((current ?? 1) - room / 2, lines.count - room + 2))
        let shown = lines[first..<min(lines.count, first + room - 2)]
        return [lines[0]] + shown + ["  … \(lines.count - 1) steps in all"]
    }

    static func line(_ event: RunEvent, of saga: Saga) -> String {
        let name = event.step.map { Self.name(of: $0, saga) } ?? "run"
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
        case .stepAdopted(_, _, _, _, let execution) where execution.isKnown:
            return "✔ \(name) known from run \(execution.run)"
        case .stepAdopted(_, _, _, _, let execution): return "✔ \(name) adopted from run \(execution.run)"
        case .retriedAs(let run, _, let reason): return "↻ \(name) taken up by run \(run): \(reason)"
        case .compensationMarked(_, let reason): return "↩ \(name) taken back by hand: \(reason)"
        case .abandoned(let reason): return "✘ \(name) abandoned: \(reason)"
        case .signalled(let signal): return "▸ \(name) got the signal \"\(signal)\""
        case .stepBegun: return "▸ \(name) begins: its `when` holds"
        case .stepSkipped(_, let reason):
            return "– \(name) left out: " + (reason ?? "its `when` does not hold")
        case .itemsListed(_, let items): return "▸ \(name) begins with \(count(items.count, "item"))"
        case .sagaEntered: return "▸ \(name) begins"
        case .stepStopped: return "✘ \(name) stopped"
        case .scopeSettled(_, let then):
            switch then {
            case .again(let attempt, _): return "↻ \(name) is taken back; attempt \(attempt) follows"
            case .otherwise: return "↩ \(name) is taken back; the run goes on"
            case .fail: return "✘ \(name) failed"
            }
        case .putOut(.success): return "✔ \(name) put out its output"
        case .putOut(.failure): return "✔ \(name) is done, without its output"
        case .deadlinePassed: return "✘ \(name) took too long and is taken back"
        case .paused(let reason): return "◌ \(name) paused: \(reason)"
        case .resumed(let reason): return "▸ \(name) resumed: \(reason)"
        }
    }

    private static func name(of ref: StepRef, _ saga: Saga) -> String {
        let step = saga.steps[ref.index]
        return step.isCall ? "\(saga.labels[ref]) (\(step.uses))" : saga.labels[ref]
    }

    private static func words(_ then: RunEvent.AfterFailure) -> String {
        switch then {
        case .execute(let attempt, _): "; attempt \(attempt) follows"
        case .probe: "; asking the plugin what happened"
        case .compensate: ""
        }
    }
}
