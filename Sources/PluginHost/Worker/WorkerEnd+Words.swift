internal import CPluginHost
internal import Glibc

extension WorkerEnd {
    /// In a word, for a list of crashes. eg: "SIGSEGV", "exit 3", "socket"
    var name: String {
        switch cause {
        case .signal(let number): Self.signalName(number)
        case .exit(let code): "exit \(code)"
        case .ranOutOfMemory: "out of memory"
        case .forbidden(let call, _): arcadia_call_name(call).map { String(cString: $0) } ?? "system call \(call)"
        case .spokeNonsense: "protocol"
        case .fellSilent: "closed its channel"
        case .wasEnded(.overdue): "did not return"
        case .wasEnded(.silent): "no sign of life"
        case .wasDismissed: "dismissed"
        }
    }

    /// What stands behind the name. eg: "SIGSEGV", "it opened a socket (AF_INET): HTTP is the host's to do"
    var explanation: String {
        switch cause {
        case .signal(SIGKILL):
            "SIGKILL, from the kernel for want of memory or from somebody outside; it had \(peakBytes >> 20) MiB"
        case .signal(SIGSYS): "SIGSYS: it made a system call that a worker may not, a socket most likely"
        case .signal: name
        case .exit(let code): "it ended the process itself, with \(code)"
        case .ranOutOfMemory: "it ran out of the memory that a worker may have; it had \(peakBytes >> 20) MiB"
        case .forbidden(let call, let argument): Self.forbidden(call, argument)
        case .spokeNonsense(let what): "it sent \(what)"
        case .fellSilent: "it closed its channel to the host"
        case .wasEnded, .wasDismissed: "the host ended it"
        }
    }

    private static func forbidden(_ call: Int32, _ argument: Int32) -> String {
        guard arcadia_call_name(call).map({ String(cString: $0) }) == "socket" else {
            return "it made system call \(call), which a worker may not"
        }
        let family =
            switch argument {
            case AF_INET: "IPv4"
            case AF_INET6: "IPv6"
            default: "of family \(argument)"
            }
        return
            "it opened a socket (\(family)); a worker has no network, requests go through \(PluginCapabilities.httpService)"
    }

    static func signalName(_ number: Int32) -> String {
        let names: [Int32: String] = [
            SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
            SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1",
            SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
            SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGVTALRM: "SIGVTALRM", SIGPROF: "SIGPROF", SIGIO: "SIGIO",
            SIGSYS: "SIGSYS",
        ]
        return names[number] ?? "signal \(number)"
    }
}
