internal import SagaCore

extension JSONValue {
    /// As a person writes it: a text without quotes, anything else as JSON.
    var plain: String { stringValue ?? text }

    /// A member as a table shows it.
    ///
    /// - Parameter absent: where it is null or not there.
    func shown(_ key: String, or absent: String = "") -> String { self[key]?.unlessNull?.plain ?? absent }

    /// The rows of a list.
    func rows(_ key: String) -> [JSONValue] { self[key]?.arrayValue ?? [] }
}
