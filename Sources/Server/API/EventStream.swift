internal import SagaCore

/// Server-sent events (the HTML standard, 9.2) on their way to one client.
public struct EventStream: Sendable {
    let queue: EventQueue

    /// - Parameter id: where a client that lost the connection goes on.
    static func event(_ name: String, _ data: JSONValue, id: String? = nil) -> String {
        (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: \(data.text)\n\n"
    }

    /// Keeps the connection from being taken for dead.
    static let sign = ": still here\n\n"
    /// How long a client waits before it asks again, in milliseconds.
    static let opening = "retry: 2000\n\n"
}
