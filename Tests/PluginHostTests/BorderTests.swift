import ArcadiaTesting
import Foundation
import Testing

/// Nothing that is thrown in a plugin leaves it: libraries that throw wherever a host calls in, called by a driver in C.
@Suite struct BorderTests {
    private let folder = TemporaryFolder()
    private static let fixture = Fixtures.folder.path + "/plugins/border"
    private static let sdk = Fixtures.repository.path + "/sdk"
    private static let flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I\(sdk)/c/include"]

    private func expected(_ name: String) throws -> String {
        try String(contentsOfFile: Self.fixture + "/" + name, encoding: .utf8)
    }

    /// What the driver prints of a library.
    private func drive(_ library: String) -> CommandResult {
        let driver = folder.path + "/driver"
        let built = Toolchain.run(
            ["cc", "-std=c11"] + Self.flags + [Self.fixture + "/driver.c", "-o", driver, "-ldl"])
        #expect(built.code == 0, "\(built.errors)")
        return Command.run(driver, [library])
    }

    @Test(
        .enabled(if: Toolchain.has("g++"), "there is no g++ here"),
        arguments: [
            ["g++", "-std=c++17"], ["g++", "-std=c++20", "-fno-rtti", "-O2"], ["clang++", "-std=c++20", "-O2"],
            ["clang++", "-std=c++23", "-fno-rtti"],
        ])
    func `nothing that is thrown leaves a plugin in C++`(compiler: [String]) throws {
        guard Toolchain.has(compiler[0]) else { return }
        let library = folder.path + "/libborder.so"
        let built = Toolchain.run(
            compiler + Self.flags + [
                "-I\(Self.sdk)/cpp/include", "-fPIC", "-fvisibility=hidden", "-shared",
                "-Wl,--version-script=\(Self.sdk)/link/one-symbol.map", Self.fixture + "/border.cpp", "-o", library,
            ])
        #expect(built.code == 0, "\(built.errors)")
        let said = drive(library)
        #expect(said.code == 0)
        // Without type information nobody can tell what an exception was thrown because of.
        let hasTypes = !compiler.contains("-fno-rtti")
        let promised = try expected("border.cpp.txt")
        #expect(said.output == (hasTypes ? promised : promised.replacing(": the disk is full", with: "")))
    }

    @Test(.enabled(if: Toolchain.has("cargo"), "there is no cargo here"))
    func `no panic leaves a plugin in Rust`() throws {
        let copy = folder.path + "/border"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for part in ["Cargo.toml", "src"] {
            try FileManager.default.copyItem(atPath: Self.fixture + "/" + part, toPath: copy + "/" + part)
        }
        let manifest = try String(contentsOfFile: copy + "/Cargo.toml", encoding: .utf8)
        try manifest.replacing("../../../../sdk", with: Self.sdk)
            .write(toFile: copy + "/Cargo.toml", atomically: true, encoding: .utf8)
        let built = Toolchain.run(["cargo", "build", "--offline", "--target-dir", "target"], at: copy)
        #expect(built.code == 0, "\(built.errors)")
        let said = drive(copy + "/target/debug/libborder.so")
        #expect(said.code == 0)
        // Where the standard library panics differs between its versions.
        let output = said.output.replacing(try Regex(#"\(panicked at [^)]*/library/[^)]*\)"#), with: "(panicked at …)")
        #expect(output == (try expected("border.rs.txt")))
        #expect(!said.errors.contains("panicked at src/lib.rs:12:"), "the host's stderr is not a plugin's")
    }

    @Test func `the layouts that Rust asserts are those of the headers`() throws {
        let mirror = try String(contentsOfFile: Self.sdk + "/rust/arcadia-plugin/src/abi.rs", encoding: .utf8)
        var asserted: [String] = []
        for header in ["plugin.h", "http.h"] {
            let text = try String(contentsOfFile: Self.sdk + "/c/include/arcadia/" + header, encoding: .utf8)
            for match in text.matches(of: try Regex(#"ARCADIA_ASSERT_LAYOUT\((\w+)\((\w+)(?:, (\w+))?\) == (\d+)"#)) {
                let parts = match.output.dropFirst().map { $0.substring.map(String.init) ?? "" }
                asserted.append(
                    parts[0] == "sizeof"
                        ? "assert!(size_of::<\(parts[1])>() == \(parts[3]));"
                        : "assert!(offset_of!(\(parts[1]), \(parts[2])) == \(parts[3]));")
            }
        }
        #expect(asserted.count == 26)
        #expect(mirror.matches(of: try Regex("assert!\\(")).count == asserted.count)
        for assertion in asserted { #expect(mirror.contains(assertion), "\(assertion)") }
    }
}
