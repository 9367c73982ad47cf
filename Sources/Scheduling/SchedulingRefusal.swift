/// Why nothing was done about a schedule.
public enum SchedulingRefusal: Error, Sendable, Hashable {
    case unknown(String, known: [String])
    case exists(String)
    case name(String)
    case notOwn(String)
    case cron(CronError)
    case reasonMissing
    case alreadyPaused(String, Schedule.Pause)
    case notPaused(String)
    /// By hand, while its last job is not done.
    case busy(String, job: Int64, status: JobStatus)
}
