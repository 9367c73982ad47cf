/// A set of the types JSON Schema tells apart. Every integer is a number, so `number` contains `integer`.
public struct SchemaTypes: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let null = SchemaTypes(rawValue: 1 << 0)
    public static let boolean = SchemaTypes(rawValue: 1 << 1)
    public static let integer = SchemaTypes(rawValue: 1 << 2)
    public static let number = SchemaTypes(rawValue: 1 << 3 | integer.rawValue)
    public static let string = SchemaTypes(rawValue: 1 << 4)
    public static let array = SchemaTypes(rawValue: 1 << 5)
    public static let object = SchemaTypes(rawValue: 1 << 6)
    public static let any: SchemaTypes = [.null, .boolean, .number, .string, .array, .object]

    /// The types with the words JSON Schema has for them; `integer` stands before `number`, which contains it.
    static let named: [(name: String, types: SchemaTypes)] = [
        ("string", .string), ("integer", .integer), ("number", .number), ("boolean", .boolean), ("object", .object),
        ("array", .array), ("null", .null),
    ]

    /// The type that JSON Schema calls by this name.
    init?(name: String) {
        guard let named = Self.named.first(where: { $0.name == name }) else { return nil }
        self = named.types
    }

    /// The types of the value, which is one: `1.0` is an integer, as JSON Schema has it.
    init(of value: JSONValue) {
        self =
            switch value {
            case .null: .null
            case .bool: .boolean
            case .int: .integer
            case .number(let text): ExactNumber(text).isInteger ? .integer : .number
            case .string: .string
            case .array: .array
            case .object: .object
            }
    }

    /// Whether a value of these types can do where `other` is asked for; not whether every one can.
    func canFit(_ other: SchemaTypes) -> Bool { !isDisjoint(with: other) }

    /// The words of JSON Schema; no `integer` beside `number`.
    public var names: [String] {
        Self.named.filter { contains($0.types) && !($0.types == .integer && contains(.number)) }.map(\.name)
    }
}
