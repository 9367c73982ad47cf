internal import SagaCore

extension ScheduleSettingsError {
    public var code: String { "schedules.settings" }

    /// One line without its full stop, to follow the name of the file: what is, then what was expected.
    public var message: String {
        switch self {
        case .unknownKey(let key, let path, let known):
            "\(Self.place(path)) has \"\(key)\"; expected \(known.joined(separator: ", "))"
        case .type(let path, let found, let expected):
            "\(Self.place(path)) is \(Self.shown(found)); expected \(expected)"
        case .cron(let path, let error): "\(Self.place(path)): \(error.message)"
        case .unknownSchedule(let name, let known):
            "`schedules` has \"\(name)\", and there is no such schedule; expected one of \(known.joined(separator: ", "))"
        }
    }

    public var hint: String? {
        switch self {
        case .unknownKey(let key, _, let known), .unknownSchedule(let key, let known):
            closest(to: key, among: known).map { "did you mean \"\($0)\"?" }
        case .cron(_, let error): error.hint
        case .type: nil
        }
    }

    private static func place(_ path: String) -> String { path.isEmpty ? "it" : "`\(path)`" }

    /// What an operator wrote, where that is short.
    private static func shown(_ json: JSONValue) -> String {
        switch json {
        case .array: "a list"
        case .object: "an object"
        default: json.text
        }
    }
}
