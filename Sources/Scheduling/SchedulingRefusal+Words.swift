internal import SagaCore

extension SchedulingRefusal {
    public var code: String {
        switch self {
        case .unknown: "schedules.unknown"
        case .exists: "schedules.exists"
        case .name: "schedules.name"
        case .notOwn: "schedules.not_own"
        case .cron: "schedules.cron"
        case .reasonMissing: "schedules.reason_missing"
        case .alreadyPaused: "schedules.already_paused"
        case .notPaused: "schedules.not_paused"
        case .busy: "schedules.busy"
        }
    }

    /// One line without its full stop: what is, then what was expected.
    public var message: String {
        switch self {
        case .unknown(let name, _): "there is no schedule \"\(name)\""
        case .exists(let name): "there is a schedule \"\(name)\" already; expected a new name"
        case .name(let name):
            "\"\(name)\" is no name for a schedule; expected up to 60 letters, digits, `_`, `-` and `.`"
        case .notOwn(let name): "the schedule \"\(name)\" comes with arcadia; expected one that was added"
        case .cron(let error): error.message
        case .reasonMissing: "no reason is given; expected a sentence for those who look at it later"
        case .alreadyPaused(let name, let pause):
            "the schedule \"\(name)\" is paused already, by \(pause.by) at \(pause.at): \(pause.reason)"
        case .notPaused(let name): "the schedule \"\(name)\" is not paused"
        case .busy(let name, let job, let status):
            "the schedule \"\(name)\" has a job that is \(status.rawValue), number \(job); expected none"
        }
    }

    /// The one next thing to do, where there is one.
    public var hint: String? {
        switch self {
        case .unknown(let name, let known):
            closest(to: name, among: known).map { "did you mean \"\($0)\"?" }
                ?? "`arcadia schedules list` shows what there is"
        case .notOwn(let name): "`arcadia schedules pause \(name) --reason …` keeps it from firing"
        case .cron(let error): error.hint
        case .busy: "`arcadia jobs list` shows who does it; a job of a host that is gone is taken up by `arcadia serve`"
        case .exists(let name): "`arcadia schedules remove \(name)` first, if it is to be another"
        case .alreadyPaused(let name, _): "`arcadia schedules resume \(name)`"
        case .notPaused, .name, .reasonMissing: nil
        }
    }
}
