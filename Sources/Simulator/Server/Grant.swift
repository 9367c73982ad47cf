/// What a token may do.
enum Grant: Sendable, Equatable {
    case everything
    /// Scopes such as `droplet:read`.
    case scopes(Set<String>)
    /// The provider does not know the token, or not any more.
    case revoked

    /// Reads `droplet:read,tag:read`, `*` or `revoked`.
    init(_ text: String) {
        switch text {
        case "*": self = .everything
        case "revoked": self = .revoked
        default: self = .scopes(Set(text.split(separator: ",").map { $0.trimmed }))
        }
    }

    func allows(_ scope: String) -> Bool {
        switch self {
        case .everything: true
        case .scopes(let scopes): scopes.contains(scope)
        case .revoked: false
        }
    }
}

extension Substring {
    /// Without the spaces around it.
    var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
