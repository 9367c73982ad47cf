extension Expression {
    /// Why a text is no expression that a step can have. Offsets are bytes of the expression's text without the blanks
    /// around it.
    public enum Problem: Error, Sendable, Hashable {
        case empty
        case noLeadingDot
        /// jq does not go on like this; what stands there, empty at the end.
        case syntax(found: String, offset: Int)
        case openString(offset: Int)
        case divisionByZero(offset: Int)
        case tooDeep(offset: Int)
        /// A number that jq would make another of.
        case roundedNumber(String, offset: Int)
        case unknownFunction(String, arguments: Int, offset: Int)
        /// A variable, with its dollar, or a label.
        case unknownName(String, offset: Int)
        case refused(String, RefusedJQ, offset: Int)
        case unknownRoot(String)

        init(_ mistake: JQMistake) {
            let offset = mistake.place
            switch mistake.fact {
            case .syntax(let found): self = .syntax(found: found, offset: offset)
            case .openString: self = .openString(offset: offset)
            case .divisionByZero: self = .divisionByZero(offset: offset)
            case .tooDeep: self = .tooDeep(offset: offset)
            case .roundedNumber(let text): self = .roundedNumber(text, offset: offset)
            case .refused(let name):
                self = .refused(name, JQBuiltin.refused[name] ?? .module, offset: offset)
            }
        }

        /// Another libjq may see it otherwise.
        var isDoubt: Bool {
            switch self {
            case .syntax, .openString, .tooDeep, .unknownFunction: true
            default: false
            }
        }

        /// Of the function that is not to be had.
        var name: String? {
            switch self {
            case .unknownFunction(let name, 0, 0), .refused(let name, _, 0): name
            default: nil
            }
        }

        /// Where it stands; nil: it is about the whole.
        public var offset: Int? {
            switch self {
            case .empty, .noLeadingDot, .unknownRoot: nil
            case .syntax(_, let offset), .openString(let offset), .divisionByZero(let offset), .tooDeep(let offset),
                .roundedNumber(_, let offset), .unknownFunction(_, _, let offset), .unknownName(_, let offset),
                .refused(_, _, let offset):
                offset
            }
        }
    }
}
