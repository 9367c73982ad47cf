public import SagaCore

/// What an operator says in `schedules.json`; what it is silent about stays as it is.
///
/// ```json
/// { "schedules": { "drift": { "cron": "50 * * * *", "jitter_seconds": 60, "missed": "skip", "overlap": "allow",
///                             "queue": "cloud_sync_slow", "enabled": true } },
///   "queues": { "cloud_billing": { "concurrency": 1, "max_attempts": 3, "credential": "reader" } },
///   "retention_days": 30 }
/// ```
public struct ScheduleSettings: Sendable, Hashable {
    struct Overlay: Sendable, Hashable {
        var cron: CronExpression?
        var queue: String?
        var missed: MissedPolicy?
        var overlap: OverlapPolicy?
        var jitterSeconds: Int64?
        var isEnabled: Bool?
    }

    var overlays: [String: Overlay] = [:]
    public private(set) var queues = QueueSettings.defaults
    /// Queues whose credential was named by the operator.
    public private(set) var namedCredentials: [QueueSettings] = []
    /// How long ended jobs and firings are kept.
    public private(set) var retentionDays: Int64 = 30

    /// The settings of a host whose operator wrote none.
    public init() {}

    /// Schedules that the file names, in the order of their names.
    public var scheduleNames: [String] { overlays.keys.sorted() }

    /// What the files of a queue's own tokens end with.
    public func credential(of queue: String) -> String { self.queue(queue).credential }

    public func queue(_ name: String) -> QueueSettings {
        queues.first { $0.name == name } ?? QueueSettings(name, concurrency: 1)
    }

    /// The schedule as the file wants it.
    func applied(to schedule: Schedule) -> Schedule {
        guard let overlay = overlays[schedule.name] else { return schedule }
        var schedule = schedule
        schedule.cron = overlay.cron ?? schedule.cron
        schedule.queue = overlay.queue ?? schedule.queue
        schedule.missed = overlay.missed ?? schedule.missed
        schedule.overlap = overlay.overlap ?? schedule.overlap
        schedule.jitterSeconds = overlay.jitterSeconds ?? schedule.jitterSeconds
        schedule.isEnabled = overlay.isEnabled ?? true
        return schedule
    }

    // MARK: - Reading

    public init(reading json: JSONValue) throws(ScheduleSettingsError) {
        for (key, value) in try Self.object(json, "") {
            switch key {
            case "schedules":
                for (name, value) in try Self.object(value, key) {
                    overlays[name] = try overlay(value, "\(key).\(name)")
                }
            case "queues":
                for (name, value) in try Self.object(value, key) { try readQueue(name, value, "\(key).\(name)") }
            case "retention_days": retentionDays = try Self.number(value, key, 1...3650)
            default: throw .unknownKey(key, at: "", known: ["schedules", "queues", "retention_days"])
            }
        }
    }

    private func overlay(_ json: JSONValue, _ path: String) throws(ScheduleSettingsError) -> Overlay {
        var overlay = Overlay()
        for (key, value) in try Self.object(json, path) {
            let at = "\(path).\(key)"
            switch key {
            case "cron": overlay.cron = try Self.cron(value, at)
            case "queue": overlay.queue = try Self.word(value, at, queues.map(\.name))
            case "missed":
                overlay.missed = MissedPolicy(rawValue: try Self.word(value, at, MissedPolicy.allCases.map(\.rawValue)))
            case "overlap":
                overlay.overlap = OverlapPolicy(
                    rawValue: try Self.word(value, at, OverlapPolicy.allCases.map(\.rawValue)))
            case "jitter_seconds": overlay.jitterSeconds = try Self.number(value, at, 0...86_400)
            case "enabled":
                guard let isEnabled = value.boolValue else { throw .type(at, found: value, expected: "true or false") }
                overlay.isEnabled = isEnabled
            default:
                throw .unknownKey(
                    key, at: path, known: ["cron", "queue", "missed", "overlap", "jitter_seconds", "enabled"])
            }
        }
        return overlay
    }

    private mutating func readQueue(_ name: String, _ json: JSONValue, _ path: String) throws(ScheduleSettingsError) {
        guard let place = queues.firstIndex(where: { $0.name == name }) else {
            throw .unknownKey(name, at: "queues", known: queues.map(\.name))
        }
        for (key, value) in try Self.object(json, path) {
            let at = "\(path).\(key)"
            switch key {
            case "concurrency": queues[place].concurrency = Int(try Self.number(value, at, 1...64))
            case "max_attempts": queues[place].maxAttempts = Int(try Self.number(value, at, 1...100))
            case "credential":
                queues[place].credential = try Self.fileName(value, at)
                namedCredentials.append(queues[place])
            default: throw .unknownKey(key, at: path, known: ["concurrency", "max_attempts", "credential"])
            }
        }
    }

    private static func object(_ json: JSONValue, _ path: String) throws(ScheduleSettingsError) -> JSONObject {
        guard let object = json.objectValue else { throw .type(path, found: json, expected: "an object") }
        return object
    }

    private static func number(
        _ json: JSONValue, _ path: String, _ range: ClosedRange<Int64>
    ) throws(ScheduleSettingsError) -> Int64 {
        guard let number = json.intValue, range.contains(number) else {
            throw .type(path, found: json, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func word(
        _ json: JSONValue, _ path: String, _ known: [String]
    ) throws(ScheduleSettingsError) -> String {
        guard let word = json.stringValue, known.contains(word) else {
            throw .type(path, found: json, expected: "one of \(known.joined(separator: ", "))")
        }
        return word
    }

    private static func fileName(_ json: JSONValue, _ path: String) throws(ScheduleSettingsError) -> String {
        guard let name = json.stringValue, !name.isEmpty, !name.contains("/") else {
            throw .type(path, found: json, expected: "the end of a file's name in `credentials`, without a slash")
        }
        return name
    }

    private static func cron(_ json: JSONValue, _ path: String) throws(ScheduleSettingsError) -> CronExpression {
        guard let text = json.stringValue else { throw .type(path, found: json, expected: "a cron expression as text") }
        do throws(CronError) {
            return try CronExpression(text)
        } catch {
            throw .cron(path, error)
        }
    }
}

/// What is wrong with `schedules.json`, and where.
public enum ScheduleSettingsError: Error, Sendable, Hashable {
    case unknownKey(String, at: String, known: [String])
    /// - Parameter path: keys with dots between them; empty: the whole.
    case type(_ path: String, found: JSONValue, expected: String)
    case cron(_ path: String, CronError)
    case unknownSchedule(String, known: [String])
}
