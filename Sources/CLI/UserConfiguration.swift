/// What a user of this machine set once, for all data folders.
enum UserConfiguration {
    /// eg: "/home/ada/.config/arcadia"
    static var folder: String {
        let own = Terminal.environment("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (own ?? (Terminal.environment("HOME") ?? "") + "/.config") + "/arcadia"
    }
}
