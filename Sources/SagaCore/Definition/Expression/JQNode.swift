/// A piece of jq, as it was read: what stands where. Ranges are bytes of the expression's text.
indirect enum JQ: Sendable {
    case identity
    /// `..`
    case everything
    case literal(JSONValue)
    /// A string with `\( )` in it.
    case text([TextPart])
    /// `@base64`, alone.
    case format
    case variable(String)
    case call(String, [JQNode])
    /// `.a`, `."a"`, `.["a"]`, `.[0]`: all are this.
    case index(JQNode, JQNode)
    case slice(JQNode, from: JQNode?, to: JQNode?)
    /// `.[]`
    case each(JQNode)
    /// `try a catch b`; `a?` has no `b`.
    case attempt(JQNode, otherwise: JQNode?)
    case array(JQNode?)
    case object([(key: JQNode, value: JQNode)])
    case negative(JQNode)
    case pipe(JQNode, JQNode)
    case binary(JQOperator, JQNode, JQNode)
    case condition([(test: JQNode, result: JQNode)], otherwise: JQNode)
    case bind(JQNode, [JQPattern], JQNode)
    case reduce(JQNode, [JQPattern], from: JQNode, by: JQNode)
    case foreach(JQNode, [JQPattern], from: JQNode, by: JQNode, result: JQNode?)
    case define(JQDefinition, JQNode)
    case label(String, JQNode)
    case leave(String)

    enum TextPart: Sendable {
        case text(String)
        case value(JQNode)
    }
}

/// A class, so that what refers to one copies nothing.
final class JQNode: Sendable {
    let jq: JQ
    let range: Range<Int>

    init(_ jq: JQ, _ range: Range<Int>) {
        self.jq = jq
        self.range = range
    }

    /// The value, where it is one whatever comes in.
    var constant: JSONValue? {
        switch jq {
        case .literal(let value): value
        case .negative(let node): node.constant?.intValue.map { .int(-$0) }
        default: nil
        }
    }

    /// The number that jq makes of it when it compiles.
    var foldedNumber: Double? {
        switch jq {
        case .literal(let value): return value.doubleValue
        case .binary(let sign, let left, let right):
            guard let left = left.foldedNumber, let right = right.foldedNumber else { return nil }
            switch sign {
            case .plus: return left + right
            case .minus: return left - right
            case .times: return left * right
            case .over: return left / right
            default: return nil
            }
        default: return nil
        }
    }
}

final class JQDefinition: Sendable {
    let name: String
    /// `$x` is written with its dollar.
    let parameters: [String]
    let body: JQNode

    init(name: String, parameters: [String], body: JQNode) {
        self.name = name
        self.parameters = parameters
        self.body = body
    }
}

/// What stands after `as`.
indirect enum JQPattern: Sendable {
    case variable(String)
    case array([JQPattern])
    /// The name is also bound where the key is written as a variable.
    case object([(key: JQNode, name: String?, pattern: JQPattern?)])

    var names: [String] {
        switch self {
        case .variable(let name): [name]
        case .array(let items): items.flatMap(\.names)
        case .object(let members): members.flatMap { ($0.name.map { [$0] } ?? []) + ($0.pattern?.names ?? []) }
        }
    }
}

/// The operators between two expressions, with how strongly they bind.
enum JQOperator: String, Sendable {
    case pipe = "|"
    case comma = ","
    case alternative = "//"
    case assign = "="
    case update = "|="
    case plusUpdate = "+="
    case minusUpdate = "-="
    case timesUpdate = "*="
    case overUpdate = "/="
    case modUpdate = "%="
    case alternativeUpdate = "//="
    case or, and
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case more = ">"
    case atMost = "<="
    case atLeast = ">="
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case mod = "%"

    /// From 1; more binds more strongly.
    var strength: Int {
        switch self {
        case .pipe: 1
        case .comma: 2
        case .alternative: 3
        case .assign, .update, .plusUpdate, .minusUpdate, .timesUpdate, .overUpdate, .modUpdate, .alternativeUpdate: 4
        case .or: 5
        case .and: 6
        case .equal, .unequal, .less, .more, .atMost, .atLeast: 7
        case .plus, .minus: 8
        case .times, .over, .mod: 9
        }
    }

    var bindsToTheRight: Bool { self == .pipe || self == .alternative }
    /// `a == b == c` is no expression.
    var isAlone: Bool { strength == 4 || strength == 7 }
    var isAssignment: Bool { strength == 4 }
}
