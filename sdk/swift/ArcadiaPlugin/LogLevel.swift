/// How much a message matters.
///
/// ```swift
/// call.log(.warn, "the snapshot is gone already", ["snapshot": id])
/// ```
public enum LogLevel: Int32, Sendable {
    /// Every step on the way.
    case trace = 0
    /// For the plugin's author.
    case debug = 1
    /// For an operator who watches.
    case info = 2
    /// Worth a look, and the step goes on.
    case warn = 3
    /// Something is wrong.
    case error = 4
}
