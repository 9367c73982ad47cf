public import SagaCore

/// What was learned of an account's projects.
public struct ProjectReport: Sendable, Hashable {
    public let provider: String
    public internal(set) var seen = 0
    /// Projects that said who is in them, and how many were named.
    public internal(set) var read = 0
    public internal(set) var members = 0
    /// The default project's name, if it was made just now.
    public internal(set) var created: String?
    /// Why not all is known: resources then keep the project they had.
    public internal(set) var trouble: Trouble?

    init(provider: String) { self.provider = provider }

    /// Every project that is known said who is in it.
    public var isComplete: Bool {
        switch trouble {
        case nil, .failed(_, .ensure): true
        default: read == seen && seen > 0
        }
    }

    /// What was asked for.
    public enum Question: Sendable, Hashable {
        case list
        /// That there is a project of this name.
        case ensure(String)
        /// Who is in the project of this name.
        case members(String)
    }

    public enum Trouble: Error, Sendable, Hashable {
        case failed(AdapterFailure, Question)
        /// The answer lacks this member.
        case noList(String)
        /// A project without id or name.
        case noIdentity
    }

    /// `{provider, seen, read, members, created?, message, hint?}`
    public var json: JSONValue {
        var object: JSONObject = [
            "provider": .string(provider), "seen": .int(Int64(seen)), "read": .int(Int64(read)),
            "members": .int(Int64(members)),
        ]
        object["created"] = created.map(JSONValue.string)
        object["message"] = .string(message)
        object["hint"] = hint.map(JSONValue.string)
        return .object(object)
    }
}
