internal import Foundation

/// What this machine can build with: a test for a language that is not here is skipped.
public enum Toolchain {
    public static func has(_ tool: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
        }
    }

    /// Runs a tool that is found by its name.
    public static func run(_ words: [String], at folder: String? = nil) -> CommandResult {
        Command.run("/usr/bin/env", words, at: folder)
    }
}
