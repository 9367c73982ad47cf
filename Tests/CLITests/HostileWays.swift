/// What the hostile plugin does in a call, by class, and how each ends.
enum HostileWays {
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

    typealias Way = (how: String, end: End)

    static let classes: [(name: String, ways: [Way])] = [
        (
            "a fault",
            [
                ("segv", .crash("SIGSEGV")),
                ("bus", .crash("SIGBUS")),
                ("fpe", .crash("SIGFPE")),
                ("ill", .crash("SIGILL")),
                ("call_null", .crash("SIGSEGV")),
                ("run_data", .crash("SIGSEGV")),
                ("write_code", .crash("SIGSEGV")),
                ("abort", .crash("SIGABRT")),
                ("overflow_stack", .crash("SIGSEGV")),
                ("jump_stack", .crash("SIGSEGV")),
                ("double_free", .crash("SIGABRT")),
                ("overflow_heap", .crash("SIG")),
                ("own_handler_survives", .comesBack("done")),
                ("abort_in_thread", .crash("SIGABRT")),
                ("length_lies_a_bit", .crash("SIGSEGV")),
                ("wild_pointer", .crash("SIGSEGV")),
                ("unmap_itself", .crash("SIGSEGV")),
            ]
        ),
        (
            "an end of its own",
            [
                ("exit_0", .crash("it ended the process itself")),
                ("exit_3", .crash("it ended the process itself")),
                ("exit_at_once", .crash("itself, with 4")),
                ("exit_quickly", .crash("itself, with 5")),
                ("raise_kill", .crash("SIGKILL")),
                ("raise_term", .crash("SIGTERM")),
                ("raise_int", .crash("SIGINT")),
                ("raise_hup", .crash("SIGHUP")),
                ("ring_alarm", .crash("SIGALRM")),
                ("ring_timer", .crash("SIGPROF")),
                ("exit_in_thread", .crash("it ended the process itself")),
            ]
        ),
        (
            "no end",
            [
                ("own_handler_returns", .late),
                ("raise_stop", .late),
                ("end_thread", .late),
                ("loop", .late),
                ("sleep_forever", .late),
                ("ignore_cancel", .late),
                ("block_signals", .late),
                ("return_when_ended", .comesBack("done")),
                ("deadlock", .late),
            ]
        ),
        (
            "memory, threads, descriptors",
            [
                ("eat_memory", .crash("SIGABRT")),
                ("eat_addresses", .comesBack("denied")),
                ("leak_threads", .comesBack(nil)),
                ("leak_descriptors", .comesBack("denied")),
                ("raise_limits", .comesBack("denied")),
            ]
        ),
        (
            "the protocol",
            [
                ("close_everything", .crash("it closed its channel to the host")),
                ("close_standard", .comesBack("done")),
                ("close_range", .comesBack("denied")),
                ("garble_lanes", .crash("it sent a frame of")),
                ("garble_control", .crash("it sent a frame of")),
                ("forge_frame", .crash("it sent")),
                ("swallow_frames", .crash("it closed its channel to the host")),
            ]
        ),
        (
            "programs and processes",
            [
                ("fork_bomb", .comesBack("denied")),
                ("start_program", .comesBack("denied")),
                ("replace_program", .comesBack("denied")),
                ("daemonise", .comesBack("denied")),
                ("outlive_parent", .comesBack("denied")),
                ("leave_group", .comesBack("denied")),
            ]
        ),
        (
            "network",
            [
                ("socket_inet", .crash("it opened a socket (IPv4)")),
                ("socket_inet6", .crash("it opened a socket (IPv6)")),
                ("socket_raw", .crash("it opened a socket (of family 17)")),
                ("socket_unix", .comesBack("denied")),
                ("io_uring", .comesBack("denied")),
            ]
        ),
        (
            "files",
            [
                ("write_outside", .comesBack("denied")),
                ("read_outside", .comesBack("denied")),
                ("remove_outside", .comesBack("denied")),
                ("read_passwords", .comesBack("denied")),
                ("write_library", .comesBack("denied")),
                ("null_path", .comesBack("denied")),
            ]
        ),
        (
            "the host and the system",
            [
                ("change_folder", .comesBack(nil)),
                ("change_umask", .comesBack("done")),
                ("change_environment", .comesBack("done")),
                ("change_locale", .comesBack("done")),
                ("read_host_memory", .comesBack("denied")),
                ("trace_host", .comesBack("denied")),
                ("kill_host", .comesBack("denied")),
                ("kill_all", .comesBack("denied")),
                ("kill_host_thread", .comesBack("denied")),
                ("mount", .comesBack("denied")),
                ("namespace", .comesBack("denied")),
                ("change_root", .comesBack("denied")),
            ]
        ),
        (
            "what it says",
            [
                ("print_much", .comesBack("done")),
                ("print_one_line", .comesBack("done")),
                ("log_much", .comesBack("done")),
                ("log_escapes", .comesBack("done")),
            ]
        ),
        (
            "what it hands over",
            [
                ("bad_utf8", .comesBack("denied")),
                ("bad_json", .comesBack("denied")),
                ("deep_json", .comesBack("denied")),
                ("huge_result", .comesBack("denied")),
                ("many_results", .comesBack(nil)),
                ("length_lies", .comesBack("denied")),
                ("wild_call", .comesBack("denied")),
                ("bad_status", .fails("it returned status 77, which is none")),
                ("suspend_silently", .fails("it returned SUSPENDED without calling suspend()")),
                ("use_call_late", .comesBack("done")),
            ]
        ),
    ]

    static let all: [Way] = classes.flatMap(\.ways)

    /// What takes its time, and is not to be given up meanwhile.
    private static let slow: Set = [
        "eat_memory", "huge_result", "many_results", "print_much", "print_one_line", "log_much", "ring_alarm",
    ]

    static func timeout(of how: String) -> Int { slow.contains(how) ? 30 : 1 }
}
