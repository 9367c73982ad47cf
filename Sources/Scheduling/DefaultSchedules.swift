public import SagaCore

/// A schedule that is to be made.
public struct NewSchedule: Sendable, Hashable {
    public let name: String
    public let cron: CronExpression
    public let kind: String
    public let input: JSONObject
    public let queue: String
    public var missed = MissedPolicy.once
    public var overlap = OverlapPolicy.skip
    public var jitterSeconds: Int64 = 0

    public init(name: String, cron: CronExpression, kind: String, input: JSONObject, queue: String) {
        self.name = name
        self.cron = cron
        self.kind = kind
        self.input = input
        self.queue = queue
    }

    /// Those that come with arcadia: they keep the books of the cloud account.
    static let defaults: [NewSchedule] = [
        known("resource_sync", "0,15,30,45 * * * *", "inventory.sync", QueueName.cloudSyncFull, jitter: 30),
        known("drift", "20 * * * *", "drift.detect", QueueName.cloudSyncFast, jitter: 30),
        known("balance", "7 * * * *", "billing.balance", QueueName.metering, jitter: 30),
        known("billing_history", "23 2 * * *", "billing.history", QueueName.cloudBilling, jitter: 120),
    ]

    private static func known(
        _ name: String, _ cron: String, _ kind: String, _ queue: String, jitter: Int64
    ) -> NewSchedule {
        // Constants, each parsed in a test.
        var schedule = NewSchedule(
            name: name, cron: try! CronExpression(cron), kind: kind, input: [:], queue: queue)
        schedule.jitterSeconds = jitter
        return schedule
    }
}

/// The queues there are.
public enum QueueName {
    public static let provisioning = "provisioning"
    public static let cloudSyncFast = "cloud_sync_fast"
    public static let cloudSyncFull = "cloud_sync_full"
    public static let cloudSyncSlow = "cloud_sync_slow"
    public static let cloudBilling = "cloud_billing"
    public static let metering = "metering"
}

/// How a queue works.
public struct QueueSettings: Sendable, Hashable {
    public let name: String
    /// Jobs at once, over all hosts of the database.
    public var concurrency: Int
    /// Tries of one job.
    public var maxAttempts = 5
    /// What the files of its own tokens end with: `<data>/credentials/<credential>.<this>`.
    public var credential: String

    init(_ name: String, concurrency: Int) {
        self.name = name
        self.concurrency = concurrency
        credential = name
    }

    static let defaults = [
        QueueSettings(QueueName.provisioning, concurrency: 4), QueueSettings(QueueName.cloudSyncFast, concurrency: 2),
        QueueSettings(QueueName.cloudSyncFull, concurrency: 1), QueueSettings(QueueName.cloudSyncSlow, concurrency: 1),
        QueueSettings(QueueName.cloudBilling, concurrency: 2), QueueSettings(QueueName.metering, concurrency: 1),
    ]

    /// How long a job rests after so many tries: doubling from 15 s to a quarter of an hour.
    func rest(afterAttempts attempts: Int) -> Int64 { min(15_000 << Int64(min(max(attempts, 1) - 1, 6)), 900_000) }
}
