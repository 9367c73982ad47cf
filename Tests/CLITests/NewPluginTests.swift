import ArcadiaTesting
import Foundation
import SagaCore
import Testing

@testable import CLI

/// `arcadia plugins new`: what it makes, and what it refuses. PluginPageTests build it.
@Suite struct NewPluginTests {
    private let folder = TemporaryFolder()

    private func new(_ words: String...) -> CommandResult {
        Command.run(Arcadia.program, ["plugins", "new"] + words, at: folder.path)
    }

    @Test func `every language tells the same story`() throws {
        let sdk = Fixtures.repository.path + "/sdk/templates/"
        func text(_ language: String, _ file: String) throws -> String {
            try String(contentsOfFile: sdk + language + "/" + file, encoding: .utf8)
        }
        for language in ["cpp", "rust", "swift"] {
            for file in ["greet.json", "greet-and-fail.json"] {
                #expect(try text(language, file) == text("c", file), "\(language)/\(file)")
            }
            let title = language == "cpp" ? "c++" : language
            let manifest = try text("c", "plugin.json").replacing(#""c""#, with: #""\#(title)""#)
            #expect(try text(language, "plugin.json") == manifest, "\(language)")
        }
    }

    // MARK: - What is made

    private static let compilers = [
        (PluginLanguage.c, "cc"), (.cpp, "g++"), (.rust, "cargo"), (.swift, "swift"),
    ].filter { Toolchain.has($0.1) }.map(\.0)

    @Test(arguments: compilers)
    func `a new plugin holds to the contract and to the laws of a step`(language: PluginLanguage) {
        #expect(new("my-thing", "--lang", language.rawValue).code == 0)
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? ""
        let result = Command.run(
            "/usr/bin/env", ["make", "--no-print-directory", "check", "ARCADIA=\(Arcadia.program)"],
            at: folder.path + "/my-thing",
            environment: [
                "HOME": folder.path, "CARGO_HOME": environment["CARGO_HOME"] ?? home + "/.cargo",
                "RUSTUP_HOME": environment["RUSTUP_HOME"] ?? home + "/.rustup",
            ])
        #expect(result.code == 0, "\(result.output)")
        let passed = result.output.split(separator: "\n").last ?? ""
        #expect(
            passed.contains(#/^my-thing: [0-9]+ passed, 0 warnings, 0 failed, [0-9] skipped in /#), "\(result.output)")
    }

    @Test(.enabled(if: Toolchain.has("cc"), "there is no cc here"))
    func `make check says what it needs where there is no arcadia`() {
        #expect(new("my-thing", "--lang", "c").code == 0)
        let result = Command.run(
            "/usr/bin/env", ["make", "--no-print-directory", "check", "ARCADIA=no-arcadia"],
            at: folder.path + "/my-thing")
        #expect(result.code == 2)
        #expect(
            result.output.hasSuffix(
                "there is no \"no-arcadia\" in PATH; say where it is with \"make check ARCADIA=/path/to/bin/arcadia\"; \"make build\" in its repository makes it\n"
            ))
    }

    @Test(arguments: PluginLanguage.allCases)
    func `a new plugin takes the SDK along, and knows no other place`(language: PluginLanguage) throws {
        #expect(new("my-thing", "--lang", language.rawValue).code == 0)
        let files = folder.tree("my-thing").filter { $0.value != "(folder)" }
        for (path, text) in files where path.hasPrefix("sdk/") {
            let original = try String(contentsOfFile: Fixtures.repository.path + "/" + path, encoding: .utf8)
            #expect(text == original, "\(path)")
        }
        for (path, text) in files where !path.hasPrefix("sdk/") {
            #expect(!text.contains("../..") && !text.lowercased().contains("greeter"), "\(path)")
            #expect(!path.lowercased().contains("greeter"))
        }
        #expect(files.keys.contains("sdk/c/include/arcadia/plugin.h") || language == .rust)
    }

    @Test func `the program carries every file of the SDKs and templates`() throws {
        let listed = Command.run(Fixtures.repository.path + "/Sources/CPluginSDK/list", [])
        let source = try String(
            contentsOfFile: Fixtures.repository.path + "/Sources/CPluginSDK/plugin_sdk.c", encoding: .utf8)
        #expect(listed.output == source, "Sources/CPluginSDK/list > Sources/CPluginSDK/plugin_sdk.c")
    }

    @Test func `what is printed is what to do next, or one document`() throws {
        let said = new("my-thing", "--lang", "c")
        #expect(said.output.hasPrefix("my-thing: plugin \"my-thing\" in C\n\n  cd my-thing\n  make  "))
        #expect(said.output.split(separator: "\n").allSatisfy { $0.count <= 80 && !$0.hasSuffix(" ") })
        let json = try #require(new("x", "--lang", "rust", "--directory", "a/b/x", "--output", "json").json)
        #expect(json.text("id") == "x")
        #expect(json.text("language") == "rust")
        #expect(json.text("directory") == "a/b/x")
        #expect(json["next"]?.arrayValue?.first?.stringValue == "cd a/b/x")
        for file in json["files"]?.arrayValue ?? [] {
            #expect(folder.text("a/b/x/" + (file.stringValue ?? "?")) != nil, "\(file)")
        }
    }

    // MARK: - What is refused

    @Test func `what is there is not overwritten`() {
        _ = folder.file("my-thing/notes.txt", "mine")
        let refused = new("my-thing", "--lang", "c")
        #expect(refused.code == 69)
        #expect(
            refused.errors == """
                error: "my-thing" exists already, and nothing in it was changed
                hint: `--directory` names another folder

                """)
        #expect(folder.tree("my-thing") == ["notes.txt": "mine"])
    }

    @Test(arguments: [
        ("My Thing", #"hint: "my-thing" would be one"#), ("my.thing", #"hint: "my-thing" would be one"#),
        ("9lives", #"hint: "lives" would be one"#), ("ÅÄ", nil), (String(repeating: "a", count: 47), nil),
    ])
    func `a name that is no id is refused, with one that is`(name: String, hint: String?) {
        let refused = new(name, "--lang", "c")
        #expect(refused.code == 64)
        let sentence =
            "error: \"\(name)\" is no id of a plugin; expected up to 46 of a-z, 0-9, _ and -, a letter first\n"
        #expect(refused.errors.hasPrefix(sentence))
        if let hint { #expect(refused.errors == sentence + hint + "\n") }
        #expect(folder.tree().isEmpty)
    }

    @Test func `an id of Arcadia's own is refused, and a language without a template`() {
        #expect(
            new("core", "--lang", "c").errors == """
                error: "core" is an id of Arcadia's own; expected another
                hint: "my-core" would be one

                """)
        let refused = new("x", "--lang", "go")
        #expect(refused.code == 64)
        #expect(
            refused.errors == """
                error: there is no template in "go"
                hint: `--lang` takes c, cpp, swift or rust

                """)
        #expect(new("x", "--lang", "C++").code == 0)
    }

    @Test(arguments: [
        ("my-thing", "my_thing", "MyThing"), ("x", "x", "X"), ("a_b-c", "a_b_c", "ABC"),
        ("s3-copy", "s3_copy", "S3Copy"),
        ("class", "class", "Class"), ("v2-", "v2_", "V2"),
    ])
    func `an id becomes names that a compiler takes`(id: String, identifier: String, type: String) throws {
        let name = try PluginName(id)
        #expect(name.identifier == identifier)
        #expect(name.typeName == type)
    }
}
