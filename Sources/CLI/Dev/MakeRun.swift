internal import Glibc
internal import SagaCore

/// `make` in a plugin's source, in a process group of its own; what it says is kept.
final class MakeRun: Sendable {
    private struct State {
        var pid: pid_t = 0
        var isStopped = false
    }

    private let state = Monitor(State())

    enum End {
        case built
        /// What it said.
        case failed(String)
    }

    func run(in folder: String) -> End {
        guard let output = tmpfile() else { return .failed("no file for what make says: \(Self.systemError())") }
        defer { fclose(output) }
        var pid: pid_t = 0
        let failure = spawn(folder, fileno(output), &pid)
        guard failure == 0 else { return .failed("make cannot be started: \(String(cString: strerror(failure)))") }
        if state.withLock({ state in
            state.pid = pid
            return state.isStopped
        }) {
            stop()
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        state.withLock { $0.pid = 0 }
        guard status != 0 else { return .built }
        rewind(output)
        return .failed(readAll(output) ?? "make said what is not UTF-8")
    }

    /// Ends it and what it started.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            if state.pid > 0 { kill(-state.pid, SIGTERM) }
        }
    }

    private func spawn(_ folder: String, _ output: Int32, _ pid: inout pid_t) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        Self.asAfterLogin(&attributes)
        let words = Self.list(["make", "--no-print-directory", "-C", folder])
        let variables = Self.list(Self.variables)
        defer { for text in words + variables { free(text) } }
        return posix_spawnp(&pid, "make", &actions, &attributes, words, variables)
    }

    /// C strings, NULL at the end, to be freed.
    private static func list(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }

    /// Signals that this process holds back reach it.
    private static func asAfterLogin(_ attributes: inout posix_spawnattr_t) {
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    }

    /// Without what a make that we may run under told us.
    private static var variables: [String] {
        var variables: [String] = []
        var place = environ
        while let entry = place.pointee {
            let text = String(cString: entry)
            if !["MAKEFLAGS=", "MFLAGS=", "MAKELEVEL=", "MAKEOVERRIDES="].contains(where: text.hasPrefix) {
                variables.append(text)
            }
            place += 1
        }
        return variables
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}
