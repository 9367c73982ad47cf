internal import Identity

/// Which role a server asks for, in the words of a command's help: from the one table, `Role.permissions`.
enum RoleNeed {
    /// eg: "operator or above"; of the highest role, just "platform_admin".
    static func words(_ permission: Permission) -> String {
        guard let lowest = Role.allCases.first(where: { $0.may(permission) }) else { return "nobody" }
        return lowest == Role.allCases.last ? lowest.rawValue : "\(lowest.rawValue) or above"
    }

    /// The line of a command's help.
    static func help(_ permission: Permission) -> String { "NEEDS at a server: role \(words(permission))." }

    /// The same, behind a help of one line or more.
    static func paragraph(_ permission: Permission) -> String { "\n\n" + help(permission) }
}
