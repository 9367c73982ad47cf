internal import Glibc
internal import PluginHost
internal import SagaCore

/// The plugin author's own stand-in for the other side: a program that prints its URL and answers until it is ended.
final class FakeServer: Sendable {
    let url: String
    private let sheet: CheckSheet.Server
    private let pid: pid_t
    private let client = HTTPClient()

    init(_ sheet: CheckSheet.Server) throws(CheckProblem) {
        self.sheet = sheet
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CheckProblem(.server("no pipe can be made")) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let started = Self.start(sheet, output: ends[1])
        close(ends[1])
        guard let started else {
            close(ends[0])
            throw CheckProblem(.server("`\(sheet.command.joined(separator: " "))` cannot be started"))
        }
        pid = started
        guard let url = Self.readURL(ends[0]) else {
            kill(started, SIGKILL)
            waitpid(started, nil, 0)
            close(ends[0])
            throw CheckProblem(.server("it printed no line with its URL within 10 s"))
        }
        self.url = url
        // What it prints later must neither stop it nor end it.
        let output = ends[0]
        startThread {
            var chunk = [UInt8](repeating: 0, count: 4096)
            while read(output, &chunk, chunk.count) > 0 {}
            close(output)
        }
    }

    deinit {
        kill(pid, SIGTERM)
        for _ in 0..<50 {
            if waitpid(pid, nil, WNOHANG) == pid { return }
            Pause.milliseconds(20)
        }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// `arcadia` is this very program; what begins with ./ is in the plugin's folder.
    private static func start(_ sheet: CheckSheet.Server, output: Int32) -> pid_t? {
        var words = sheet.command.map { $0.hasPrefix("./") ? sheet.folder + $0.dropFirst() : $0 }
        if words[0] == "arcadia" { words[0] = "/proc/self/exe" }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // It is to hear when it is to end, whatever this process was told not to hear.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        return posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, environ) == 0 ? pid : nil
    }

    private static func readURL(_ descriptor: Int32) -> String? {
        var text = ""
        let end = ContinuousClock.now.advanced(by: .seconds(10))
        while ContinuousClock.now < end {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 200) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 1024)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return nil }
            text += String(decoding: chunk[..<count], as: UTF8.self)
            guard text.contains("\n") else { continue }
            if let url = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).first(where: {
                $0.hasPrefix("http://")
            }) {
                return String(url.hasSuffix("/") ? url.dropLast() : url)
            }
        }
        return nil
    }

    /// As it is to be before each try.
    func prepare() {
        for request in sheet.before {
            let body = request["body"].map { Array($0.text.utf8) }
            _ = ask(request["method"]?.stringValue ?? "POST", request["path"]?.stringValue ?? "/", body)
        }
    }

    var hasState: Bool { sheet.state != nil }

    /// Everything there is, without what does not count.
    var state: JSONValue { sheet.state.map { without(ask("GET", $0, nil), at: "") } ?? .null }

    private func ask(_ method: String, _ path: String, _ body: [UInt8]?) -> JSONValue {
        let headers = body == nil ? [] : [(name: "Content-Type", value: "application/json")]
        let request = HTTPClient.Request(method, url + path, headers: headers, body: body, timeoutMilliseconds: 10_000)
        guard let answer = try? client.send(request) else { return .null }
        return (try? JSONValue(parsing: String(decoding: answer.body, as: UTF8.self))) ?? .null
    }

    private func without(_ value: JSONValue, at path: String) -> JSONValue {
        switch value {
        case .array(let items):
            return .array(items.enumerated().map { without($0.element, at: "\(path)/\($0.offset)") })
        case .object(let members):
            var kept = JSONObject()
            for (key, value) in members where !sheet.ignore.contains(key) && !sheet.ignore.contains("\(path)/\(key)") {
                kept[key] = without(value, at: "\(path)/\(key)")
            }
            return .object(kept)
        default: return value
        }
    }
}
