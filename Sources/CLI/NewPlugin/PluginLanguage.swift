/// What a plugin can be written in from a template.
enum PluginLanguage: String, CaseIterable {
    case c, cpp, swift, rust

    /// eg: "C++"
    var title: String {
        switch self {
        case .c: "C"
        case .cpp: "C++"
        case .swift: "Swift"
        case .rust: "Rust"
        }
    }

    /// What its Makefile runs.
    var tools: [String] {
        switch self {
        case .c: ["make", "cc"]
        case .cpp: ["make", "g++"]
        case .swift: ["make", "swift", "strip"]
        case .rust: ["make", "cargo"]
        }
    }

    /// Folders and files of the SDK that a plugin takes along, so that it needs nothing that lies elsewhere.
    var sdk: [String] {
        switch self {
        case .c: ["c/include/arcadia/", "link/"]
        case .cpp: ["c/include/arcadia/", "cpp/", "link/"]
        case .swift: ["Package.swift", "c/", "link/", "swift/ArcadiaPlugin/", "swift/ArcadiaPluginTesting/"]
        case .rust: ["rust/"]
        }
    }
}
