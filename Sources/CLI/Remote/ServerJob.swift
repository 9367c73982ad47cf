internal import Glibc
internal import PluginHost
internal import SagaCore

/// A schedule's job on a server: queued by hand, and waited for.
struct ServerJob {
    private let server: ServerConnection
    private let clock: SystemClock
    private let schedule: String
    /// Of the API. eg: {"reason": "before the audit"}
    private let body: JSONObject
    /// Microseconds between two looks.
    private static let rhythm: UInt32 = 300_000

    init(_ server: ServerConnection, _ clock: SystemClock, _ schedule: String, _ body: JSONObject) {
        (self.server, self.clock, self.schedule, self.body) = (server, clock, schedule, body)
    }

    /// The job, when it is done or has failed once.
    func finish() throws(Failure) -> JSONValue {
        var job = try job(of: server.get(.post("schedules", schedule, "run", body: body)), nil)
        let number = job["job"]?.intValue
        while !Self.isOver(job) {
            usleep(Self.rhythm)
            job = try self.job(of: server.get(.get("schedules", schedule)), number)
        }
        return job
    }

    private static func isOver(_ job: JSONValue) -> Bool {
        ["done", "failed"].contains(job.shown("status")) || job["error"]?.unlessNull != nil
    }

    /// - Parameter number: of the job that is waited for; a later one hides it.
    private func job(of schedule: JSONValue, _ number: Int64?) throws(Failure) -> JSONValue {
        guard let job = schedule["last_job"]?.unlessNull, number == nil || job["job"]?.intValue == number else {
            throw Failure(
                "schedules.job_hidden", "a later job of \"\(self.schedule)\" hides how this one went",
                hint: "`arcadia schedules show \(self.schedule)`", exit: .unavailable)
        }
        return job
    }
}
