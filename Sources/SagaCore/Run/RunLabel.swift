/// What tells runs of one saga apart: the inputs that somebody gave, in short. eg: `name=web-1 size=s-2vcpu`
///
/// An input that is as its default tells nothing, and one that is marked `writeOnly`, or holds what is, stays out.
public enum RunLabel {
    /// The most characters of a label, and of one value in it.
    static let longest = 60
    static let longestValue = 24

    /// Empty: nothing tells them apart.
    public static func text(_ inputs: JSONValue, of schema: JSONSchema) -> String {
        var label = ""
        for (name, value) in inputs.objectValue ?? [:] where tells(value, as: name, schema) {
            let part = "\(name)=\(value.inShort(longestValue))"
            label += label.isEmpty ? part : " " + part
            if label.count > longest { return label.cut(to: longest) }
        }
        return label
    }

    private static func tells(_ value: JSONValue, as name: String, _ schema: JSONSchema) -> Bool {
        guard value != .null, !schema.hides(name) else { return false }
        return schema.property(name)?.source["default"]?.sameJSON(as: value) != true
    }
}

extension JSONValue {
    /// A value on part of a line: a text without its quotes where it is one word, else as JSON; cut to `width`.
    public func inShort(_ width: Int) -> String {
        (stringValue.flatMap { $0.isOneWord ? $0 : nil } ?? text).cut(to: width)
    }
}

extension String {
    fileprivate var isOneWord: Bool {
        !isEmpty && utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "\"") && $0 != 0x7F }
    }
}
