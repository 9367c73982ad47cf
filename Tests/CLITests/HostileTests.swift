import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// A plugin in a worker does what it must not do; the host goes on, the run is told what happened and taken back.
@Suite struct HostileTests {
    private static func arcadia(
        _ plugins: String = BuiltPlugins.hostile, besides others: String = BuiltPlugins.folder, crashLimit: Int = 3
    ) -> Arcadia {
        let arcadia = Arcadia(plugins: [plugins, others], trusted: false)
        _ = arcadia.folder.file(
            ".config/arcadia/grants.json",
            #"{ "hostile": { "memory_mb": 512, "grace_seconds": 0.2, "crashes": \#(crashLimit) } }"#)
        return arcadia
    }

    @Test(arguments: HostileWays.all.map(\.how))
    func `whatever a plugin does in its worker, the host goes on, names it and takes the run back`(how: String) {
        let arcadia = Self.arcadia()
        let secret = arcadia.folder.file("secret", "not yours")
        let (code, run, errors) = arcadia.run(
            """
            [ { "id": "before", "uses": "files.write", "with": { "path": "a.txt", "content": "x" } },
              { "id": "it", "uses": "hostile.do", "with": { "how": "\(how)", "path": "\(secret)" }, "timeout_seconds": \(HostileWays.timeout(of: how)),
                "retry": { "max_attempts": 1 } },
              { "id": "after", "uses": "core.fail" } ]
            """)
        #expect(code == 1, "\(errors)")
        #expect(run.text("status") == "rolled_back")
        #expect(arcadia.folder.text("secret") == "not yours")
        #expect(arcadia.folder.tree("files").isEmpty)
        Self.expect(HostileWays.all.first { $0.how == how }!.end, of: run)
        #expect(!errors.contains("\u{1b}]0;owned"))
        #expect(arcadia.eventually { _ in Self.workers(of: arcadia.data).isEmpty ? true : nil } == true)
    }

    /// - Returns: the step that was hostile.
    @discardableResult
    private static func expect(_ end: HostileWays.End, of run: JSONValue) -> JSONValue {
        let step = run["steps"]?.arrayValue?.first { $0.text("step_id") == "it" } ?? .null
        let failure = step["failures"]?.arrayValue?.first
        switch end {
        case .crash(let words):
            #expect(failure?.text("code") == "crashed")
            #expect(failure?.text("message").hasPrefix("plugin \"hostile\" crashed in hostile.do: ") == true)
            #expect(failure?.text("message").contains(words) == true, "\(failure?.text("message") ?? "none")")
        case .late:
            #expect(failure?.text("code") == "timed_out", "\(failure?.text ?? "none")")
        case .comesBack(let what):
            #expect(step.text("status") == "compensated", "\(failure?.text ?? "none")")
            if let what { #expect(step["output"]?["what"] == .string(what)) }
        case .fails(let words):
            #expect(failure?.text("message") == words)
        }
        return step
    }

    // MARK: - One host among all of them

    /// Threads and children of a process, and its descriptors without those of the store, which opens another connection
    /// when several read at once, to a limit.
    private struct Belongings: Equatable {
        let descriptors: Int
        let threads: Int
        let children: Int

        init(of process: Int32) {
            func names(_ name: String) -> [String] {
                (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/\(name)")) ?? []
            }
            descriptors =
                names("fd").filter {
                    let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")
                    return file?.contains("/arcadia.db") == false
                }.count
            let tasks = names("task")
            threads = tasks.count
            children = tasks.reduce(0) { sum, task in
                let path = "/proc/\(process)/task/\(task)/children"
                return sum + ((try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").count ?? 0)
            }
        }

        /// The host has as many threads as it needed at once so far: a few more is no leak, one for each way would be.
        func isWithin(_ other: Belongings) -> Bool {
            descriptors <= other.descriptors && threads <= other.threads + 4 && children == other.children
        }
    }

    /// A host that stays. It has the plugins of these runs alone: what the schedules of the cloud account would call, at
    /// whatever quarter of an hour it is, would have a worker, too.
    private struct Hosted {
        let plugins = Arcadia.copy(["core", "files"])
        let arcadia: Arcadia
        let server: ServedArcadia
        let treasure: String

        init() {
            arcadia = HostileTests.arcadia(besides: plugins.path, crashLimit: 1000)
            treasure = arcadia.folder.file("treasure", "not yours")
            server = ServedArcadia(arcadia)
        }

        var belongings: Belongings { Belongings(of: server.process.processIdentifier) }

        func run(_ how: String) throws -> JSONValue {
            let body = """
                { "definition": [
                  { "id": "before", "uses": "files.write", "with": { "path": "a.txt", "content": "x" } },
                  { "id": "it", "uses": "hostile.do", "with": { "how": "\(how)", "path": "\(treasure)" }, "timeout_seconds": \(HostileWays.timeout(of: how)),
                    "retry": { "max_attempts": 1 } },
                  { "id": "after", "uses": "core.fail" } ] }
                """
            let made = try #require(server.ask("POST", "/api/v1/runs", as: "operator", body: body))
            try #require(made.status == 201, "\(made.json.text)")
            let path = "/api/v1/runs/" + made.json.text("run_id")
            _ = server.ask("GET", path + "/events", as: "operator")
            return try #require(server.ask("GET", path, as: "operator")).json
        }

        /// Until it is as it was; what of it is not, after a while. Connections of the last requests may still be on their way
        /// out.
        func expectNothingMore(than before: Belongings) {
            let after = arcadia.eventually { _ in belongings.isWithin(before) ? true : nil }
            #expect(after == true, "\(before) before, \(belongings) after")
        }
    }

    @Test func `a worker that was asked to end ends, also when its call comes back all the same`() throws {
        let host = Hosted()
        #expect(try host.run("change_locale").text("status") == "rolled_back")
        let before = host.belongings
        for _ in 1...2 {
            let run = try host.run("return_when_ended")
            #expect(run.text("status") == "rolled_back")
            Self.expect(.comesBack("done"), of: run)
        }
        host.expectNothingMore(than: before)
    }

    @Test func `one host lives through all of it, one after the other, and nothing of it stays behind`() throws {
        let host = Hosted()
        let harmless = "change_locale"
        // Whatever the host makes once is made now.
        for _ in 1...20 { #expect(try host.run(harmless).text("status") == "rolled_back") }
        let before = host.belongings
        for (name, ways) in HostileWays.classes {
            var slowest = 0.0
            for (how, end) in ways {
                let run = try host.run(how)
                #expect(run.text("status") == "rolled_back", "\(how)")
                let step = Self.expect(end, of: run)
                if case .late = end { slowest = max(slowest, Self.seconds(of: step) - 1) }
            }
            let late = slowest > 0 ? ", over its time by " + String(format: "%.2f s", slowest) : ""
            print("hostile: \(name): \(ways.count) of \(ways.count) named and taken back, the host alive\(late)")
        }
        #expect(try host.run(harmless).text("status") == "rolled_back")
        #expect(host.arcadia.folder.text("treasure") == "not yours")
        #expect(host.arcadia.folder.tree("files").isEmpty)
        host.expectNothingMore(than: before)
    }

    /// From its beginning to its end.
    private static func seconds(of step: JSONValue) -> Double {
        let reader = ISO8601DateFormatter()
        reader.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        guard let began = reader.date(from: step.text("started_at")),
            let ended = reader.date(from: step.text("finished_at"))
        else { return 0 }
        return ended.timeIntervalSince(began)
    }

    // MARK: -

    /// Processes that hold a host's file of this data folder open.
    private static func workers(of data: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { process in
            guard Int(process) != nil,
                let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
            else { return false }
            return open.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)"))?
                    .hasPrefix(data) == true
            }
        } ?? []
    }

    static let early: [(way: String, words: String)] = [
        ("constructor_aborts", "SIGABRT"), ("constructor_loops", "it was not loaded within 10 s"),
        ("constructor_exits", "it ended the process itself, with 70"),
        ("constructor_opens_socket", "it opened a socket (IPv4)"), ("create_faults", "SIGSEGV"),
        ("create_sleeps", "it was not loaded within 10 s"), ("create_exits", "it ended the process itself, with 0"),
        ("entry_faults", "SIGSEGV"), ("entry_loops", "it was not loaded within 10 s"),
    ]

    @Test(arguments: early.map(\.way))
    func `a plugin that misbehaves while it is loaded is refused, and the host goes on`(way: String) {
        let arcadia = Self.arcadia(BuiltPlugins.hostile + "/at_load/" + way)
        let (code, _, errors) = arcadia.run(#"[{ "uses": "hostile.do", "with": { "how": "loop" } }]"#)
        #expect(code == 65)
        #expect(errors.contains(Self.early.first { $0.way == way }!.words), "\(errors)")
        #expect(arcadia.run(#"["core.echo"]"#).code == 0)
    }
}
