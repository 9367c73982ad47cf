internal import Identity
internal import SagaCore
internal import Scheduling
internal import Storage

/// What is done again and again: seen, done now, paused.
///
/// Schedules serve every tenant of the host, so everybody sees when they fire and whether it went well. What a job is given
/// and what it came to may be of the whole account, as a balance is: only who may act on schedules sees that.
struct SchedulesAPI: Sendable {
    let context: ServerContext
    let schedules: Schedules

    var handlers: [String: API.Handler] {
        [
            "listSchedules": list, "getSchedule": show, "runSchedule": run, "pauseSchedule": pause,
            "resumeSchedule": resume,
        ]
    }

    private func name(_ call: APICall) -> String { call.text("name") ?? "" }

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        .json(["schedules": .array(try schedules.list().map { seen($0.json(at: call.now), by: call) })])
    }

    @Sendable private func show(_ call: APICall) throws -> APIAnswer {
        let schedule = try schedules.show(name(call))
        return .json(seen(schedule.json(at: call.now, try schedules.firings(of: schedule.name)), by: call))
    }

    /// The job waits in its queue for a host that works it, this one mostly.
    @Sendable private func run(_ call: APICall) throws -> APIAnswer {
        let schedule = try Scheduler(schedules).queueByHand(
            name(call), at: call.now, witness: context.witness(call, .scheduleRun))
        return .json(seen(schedule.json(at: call.now), by: call), status: 202)
    }

    @Sendable private func pause(_ call: APICall) throws -> APIAnswer {
        let schedule = try schedules.pause(
            name(call), by: call.identity.subject, reason: call.reason, at: call.now,
            witness: context.witness(call, .schedulePause))
        return .json(seen(schedule.json(at: call.now), by: call))
    }

    @Sendable private func resume(_ call: APICall) throws -> APIAnswer {
        let schedule = try schedules.resume(
            name(call), at: call.now, witness: context.witness(call, .scheduleResume))
        return .json(seen(schedule.json(at: call.now), by: call))
    }

    /// All of them by name, as much as the caller may see.
    func seen(by call: APICall, at now: Timestamp) throws -> [String: JSONValue] {
        try schedules.list().reduce(into: [:]) { $0[$1.name] = seen($1.json(at: now), by: call) }
    }

    /// As much of it as the caller may see.
    private func seen(_ schedule: JSONObject, by call: APICall) -> JSONValue {
        guard !call.identity.may(.actOnSchedules) else { return .object(schedule) }
        var schedule = schedule
        if schedule["input"] != nil { schedule["input"] = .null }
        schedule["last_error"] = nil
        if var job = schedule["last_job"]?.objectValue {
            (job["result"], job["error"]) = (.null, .null)
            schedule["last_job"] = .object(job)
        }
        return .object(schedule)
    }
}
