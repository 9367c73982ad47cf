import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// A plugin in a worker does what it must not do; the host goes on, the run is told what happened and taken back.
@Suite struct HostileTests {
    enum End: Sendable {
        /// The step fails; its error says so.
        case crash(String)
        /// It is given up after its time.
        case late
        /// The call comes back: `denied`, `done`, or nil for either.
        case comesBack(String?)
        /// It fails in its own words.
        case fails(String)
    }

    /// By what the plugin is asked to do.
    static let ways: [(how: String, end: End)] = [
        ("segv", .crash("SIGSEGV")), ("bus", .crash("SIGBUS")), ("fpe", .crash("SIGFPE")), ("ill", .crash("SIGILL")),
        ("call_null", .crash("SIGSEGV")), ("run_data", .crash("SIGSEGV")), ("write_code", .crash("SIGSEGV")),
        ("abort", .crash("SIGABRT")), ("overflow_stack", .crash("SIGSEGV")), ("jump_stack", .crash("SIGSEGV")),
        ("double_free", .crash("SIGABRT")), ("overflow_heap", .crash("SIG")), ("own_handler_returns", .late),
        ("own_handler_survives", .comesBack("done")), ("exit_0", .crash("it ended the process itself")),
        ("exit_3", .crash("it ended the process itself")), ("exit_at_once", .crash("itself, with 4")),
        ("exit_quickly", .crash("itself, with 5")), ("raise_stop", .late), ("raise_kill", .crash("SIGKILL")),
        ("raise_term", .crash("SIGTERM")), ("raise_int", .crash("SIGINT")), ("raise_hup", .crash("SIGHUP")),
        ("ring_alarm", .crash("SIGALRM")), ("ring_timer", .crash("SIGPROF")), ("abort_in_thread", .crash("SIGABRT")),
        ("exit_in_thread", .crash("it ended the process itself")), ("end_thread", .late), ("loop", .late),
        ("sleep_forever", .late), ("ignore_cancel", .late), ("block_signals", .late), ("deadlock", .late),
        ("eat_memory", .crash("SIGABRT")), ("eat_addresses", .comesBack("denied")),
        ("leak_threads", .comesBack(nil)), ("leak_descriptors", .comesBack("denied")),
        ("fork_bomb", .comesBack("denied")), ("start_program", .comesBack("denied")),
        ("replace_program", .comesBack("denied")), ("daemonise", .comesBack("denied")),
        ("close_everything", .crash("it closed its channel to the host")), ("close_standard", .comesBack("done")),
        ("close_range", .comesBack("denied")), ("garble_lanes", .crash("it sent a frame of")),
        ("garble_control", .crash("it sent a frame of")), ("forge_frame", .crash("it sent")),
        ("swallow_frames", .crash("it closed its channel to the host")), ("change_folder", .comesBack(nil)),
        ("change_umask", .comesBack("done")), ("change_environment", .comesBack("done")),
        ("change_locale", .comesBack("done")), ("raise_limits", .comesBack("denied")),
        ("outlive_parent", .comesBack("denied")), ("leave_group", .comesBack("denied")),
        ("socket_inet", .crash("it opened a socket (IPv4)")), ("socket_inet6", .crash("it opened a socket (IPv6)")),
        ("socket_raw", .crash("it opened a socket (of family 17)")), ("socket_unix", .comesBack("denied")),
        ("io_uring", .comesBack("denied")), ("write_outside", .comesBack("denied")),
        ("read_outside", .comesBack("denied")), ("remove_outside", .comesBack("denied")),
        ("read_passwords", .comesBack("denied")), ("write_library", .comesBack("denied")),
        ("read_host_memory", .comesBack("denied")), ("trace_host", .comesBack("denied")),
        ("kill_host", .comesBack("denied")), ("kill_all", .comesBack("denied")),
        ("kill_host_thread", .comesBack("denied")), ("mount", .comesBack("denied")),
        ("namespace", .comesBack("denied")), ("change_root", .comesBack("denied")), ("print_much", .comesBack("done")),
        ("print_one_line", .comesBack("done")), ("log_much", .comesBack("done")), ("log_escapes", .comesBack("done")),
        ("bad_utf8", .comesBack("denied")), ("bad_json", .comesBack("denied")), ("deep_json", .comesBack("denied")),
        ("huge_result", .comesBack("denied")), ("many_results", .comesBack(nil)),
        ("length_lies_a_bit", .crash("SIGSEGV")), ("length_lies", .comesBack("denied")),
        ("wild_pointer", .crash("SIGSEGV")), ("wild_call", .comesBack("denied")), ("null_path", .comesBack("denied")),
        ("unmap_itself", .crash("SIGSEGV")), ("bad_status", .fails("it returned status 77, which is none")),
        ("suspend_silently", .fails("it returned SUSPENDED without calling suspend()")),
        ("use_call_late", .comesBack("done")),
    ]

    /// What takes its time, and is not to be given up meanwhile.
    private static let slow: Set = [
        "eat_memory", "huge_result", "many_results", "print_much", "print_one_line", "log_much", "ring_alarm",
    ]

    private static func arcadia(_ plugins: String = BuiltPlugins.hostile) -> Arcadia {
        let arcadia = Arcadia(plugins: [plugins, BuiltPlugins.folder], trusted: false)
        _ = arcadia.folder.file(
            ".config/arcadia/grants.json", #"{ "hostile": { "memory_mb": 512, "grace_seconds": 0.2 } }"#)
        return arcadia
    }

    @Test(arguments: ways.map(\.how))
    func `whatever a plugin does in its worker, the host goes on, names it and takes the run back`(how: String) {
        let arcadia = Self.arcadia()
        let secret = arcadia.folder.file("secret", "not yours")
        let (code, run, errors) = arcadia.run(
            """
            [ { "id": "before", "uses": "files.write", "with": { "path": "a.txt", "content": "x" } },
              { "id": "it", "uses": "hostile.do", "with": { "how": "\(how)", "path": "\(secret)" }, "timeout_seconds": \(Self.slow.contains(how) ? 30 : 1),
                "retry": { "max_attempts": 1 } },
              { "id": "after", "uses": "core.fail" } ]
            """)
        #expect(code == 1, "\(errors)")
        #expect(run.text("status") == "rolled_back")
        #expect(arcadia.folder.text("secret") == "not yours")
        #expect(arcadia.folder.tree("files").isEmpty)
        let step = run["steps"]?.arrayValue?.first { $0.text("step_id") == "it" } ?? .null
        let failure = step["failures"]?.arrayValue?.first
        switch Self.ways.first(where: { $0.how == how })!.end {
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
        #expect(!errors.contains("\u{1b}]0;owned"))
        #expect(arcadia.eventually { _ in Self.workers(of: arcadia.data).isEmpty ? true : nil } == true)
    }

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
