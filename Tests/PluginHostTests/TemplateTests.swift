import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What plugin authors copy: the most read code there is, so it is built and run.
@Suite struct TemplateTests {
    private let folder = TemporaryFolder()

    /// The template as an author has it: a copy somewhere else, built by its own Makefile.
    private func build() throws -> String {
        let copy = folder.path + "/greet"
        try FileManager.default.copyItem(atPath: Fixtures.repository.path + "/sdk/templates/c", toPath: copy)
        let made = Command.run(
            "/usr/bin/make", ["-C", copy, "SDK=\(Fixtures.repository.path)/sdk"], at: copy)
        #expect(made.code == 0, "\(made.errors)")
        return copy
    }

    @Test func `the template in C builds, completes, and takes itself back`() throws {
        let copy = try build()
        let arcadia = Arcadia(plugins: [copy + "/plugins", BuiltPlugins.folder])
        let greeting = folder.path + "/hello.txt"
        let step = #"{ "uses": "greet.write", "with": { "path": "\#(greeting)", "name": "Ada" } }"#
        #expect(arcadia.run("[\(step)]").code == 0)
        #expect(folder.text("hello.txt")?.hasPrefix("Hello, Ada!\n") == true)
        try FileManager.default.removeItem(atPath: greeting)
        #expect(arcadia.run(#"[\#(step), "core.fail"]"#).code == 1)
        #expect(folder.text("hello.txt") == nil)
    }

    @Test func `the template's definition fits its plugin`() throws {
        let copy = try build()
        let checked = Arcadia(plugins: [copy + "/plugins"])("check", copy + "/greet.json")
        #expect(checked.code == 0, "\(checked.errors)")
    }

    @Test func `the code in the SDK's page is the template`() throws {
        let page = try String(contentsOfFile: Fixtures.repository.path + "/sdk/README.md", encoding: .utf8)
        for file in ["greet.c", "plugin.json"] {
            let text = try String(
                contentsOfFile: Fixtures.repository.path + "/sdk/templates/c/" + file, encoding: .utf8)
            #expect(page.contains("\n" + text + "```\n"), "\(file)")
        }
    }

    @Test func `the template in Swift builds, completes, takes itself back, and is killed without a second greeting`()
        throws
    {
        let copy = folder.path + "/greeter"
        try FileManager.default.copyItem(atPath: Fixtures.repository.path + "/sdk/templates/swift", toPath: copy)
        for built in [".build", "build"] { try? FileManager.default.removeItem(atPath: copy + "/" + built) }
        let made = Command.run(
            "/usr/bin/make", ["-C", copy], at: copy, environment: ["ARCADIA_SDK": Fixtures.repository.path + "/sdk"])
        #expect(made.code == 0, "\(made.errors)")
        let greetings = Monitor<[(id: Int, key: String)]>([])
        let server = TestServer { request, _ in Self.greet(request, greetings) }
        let arcadia = Arcadia(plugins: [copy + "/build", BuiltPlugins.folder])
        func run(_ file: String, fault: String? = nil) -> Int32 {
            arcadia(
                "run", copy + "/" + file, "--config", "greeter.base_url=\(server.url)",
                environment: fault.map { ["ARCADIA_FAULT": $0] } ?? [:]
            ).code
        }
        #expect(run("greet.json") == 0)
        #expect(run("greet-and-fail.json") == 1)
        #expect(greetings.withLock { $0.count } == 1)
        #expect(run("greet.json", fault: "kill:http_sent:2") == -9)
        #expect(arcadia("resume", "--config", "greeter.base_url=\(server.url)").code == 0)
        #expect(greetings.withLock { $0.count } == 2)
    }

    /// A server that keeps greetings by their key.
    private static func greet(_ request: TestServer.Request, _ greetings: Monitor<[(id: Int, key: String)]>)
        -> TestServer.Reply
    {
        greetings.withLock { greetings in
            switch request.method {
            case "POST":
                let key = (try? JSONValue(parsing: request.body))?.text("key") ?? ""
                greetings.append((greetings.count + 1, key))
                return .answer(201, body: json(greetings[greetings.count - 1]))
            case "DELETE":
                let id = request.target.split(separator: "/").last.flatMap { Int($0) }
                greetings.removeAll { $0.id == id }
                return .answer(200, body: "{}")
            default:
                let key = request.target.components(separatedBy: "key=").last?.removingPercentEncoding ?? ""
                let found = greetings.filter { $0.key == key }.map(json).joined(separator: ",")
                return .answer(200, body: "{\"greetings\":[\(found)]}")
            }
        }
    }

    private static func json(_ greeting: (id: Int, key: String)) -> String {
        #"{"id":\#(greeting.id),"text":"Hello!","key":"\#(greeting.key)"}"#
    }

    @Test(arguments: ["core", "files", "digitalocean"])
    func `every definition that a plugin ships is sound`(plugin: String) {
        let arcadia = Arcadia()
        let folder = Fixtures.repository.path + "/Plugins/\(plugin)/definitions"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        #expect(!files.isEmpty)
        for file in files {
            let checked = arcadia("check", folder + "/" + file)
            #expect(checked.code == 0, "\(file): \(checked.errors)")
        }
    }

    @Test(arguments: ["core", "files", "digitalocean", "scripted"])
    func `every example in a manifest fits its operation's schemas`(plugin: String) throws {
        let manifest = try JSONValue(
            parsing: String(contentsOfFile: BuiltPlugins.folder + "/\(plugin)/plugin.json", encoding: .utf8))
        for operation in manifest["operations"]?.arrayValue ?? [] {
            let input = try JSONSchema(operation["input"] ?? true)
            let output = try JSONSchema(operation["output"] ?? true)
            for example in operation["examples"]?.arrayValue ?? [] {
                let name = operation.text("name")
                #expect(input.violations(of: example["with"] ?? [:]).isEmpty, "\(name)")
                if let value = example["output"] { #expect(output.violations(of: value).isEmpty, "\(name)") }
            }
        }
    }
}
