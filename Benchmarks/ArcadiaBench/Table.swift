internal import Foundation
internal import Glibc

/// All measurements in one table: ours and its limit in turn, A B A B, so that a machine that gets slower slows both.
struct Table {
    /// Where the programs to compare with are, and where databases may be made.
    let folder: String
    /// A release: bin/arcadia and plugins.
    let release: String
    let rounds: Int

    func print() {
        head()
        call()
        typedCall()
        workerCall()
        expressions()
        for delay in [0, 1, 5] {
            for inFlight in [1, 64, 1000] { throughput(inFlight: inFlight, delay: delay) }
        }
        latency()
        longDefinition()
        longList()
        suspended()
        droplets()
        sync()
        drift()
        invoice()
        Served(table: self).print()
        process("`arcadia plugins list`, whole process", ["plugins", "list"], aim: 50)
        let definition = folder + "/one.json"
        try? "[\"core.echo\"]".write(toFile: definition, atomically: true, encoding: .utf8)
        process("`arcadia run` of one step, whole process", ["run", definition], aim: 100)
    }

    private func head() {
        row("what (medians of \(rounds), in brackets least and most)", "arcadia", "limit", "ratio", "aim")
        row("---", "---", "---", "---", "---")
    }

    private func call() {
        let times = (0..<rounds).compactMap { _ in subject(["call", fresh(), plugins, "300000"])?["ns"] }
        row("call of core.set through the ABI, in process, ns", spread(times, digits: 0), "", "", "")
    }

    /// Four arguments from JSON and a result back, beside a bare call of the same function of the same library.
    private func typedCall() {
        let with = #"{"count": 12, "each": 0.5, "unit": "kg", "data": "data"}"#
        var ours: [Double] = []
        var limits: [Double] = []
        for _ in 0..<rounds {
            let words = ["call", fresh(), folder + "/plugins", "300000", "typed.weigh", with]
            if let value = subject(words)?["ns"] { ours.append(value) }
            let library = folder + "/plugins/typed/libtyped.so"
            if let value = measure(folder + "/call", [library, "30000000"], [:])?["ns"] { limits.append(value) }
        }
        row(
            "call of a typed function with four arguments, ns", spread(ours, digits: 0), spread(limits, digits: 1), "",
            "")
    }

    /// A call in another process, beside a bare exchange of the same bytes; and runs with all their steps there.
    private func workerCall() {
        let program = release + "/bin/arcadia"
        var ours: [[String: Double]] = []
        var limits: [[String: Double]] = []
        for _ in 0..<rounds {
            guard let call = subject(["worker", fresh(), plugins, program, "50000"]), let there = call["there"],
                let back = call["back"],
                let limit = measure(folder + "/pingpong", ["\(Int(there))", "\(Int(back))", "50000"], [:])
            else { continue }
            ours.append(call)
            limits.append(limit)
        }
        for key in ["p50_us", "p99_us"] {
            let (call, limit) = (ours.compactMap { $0[key] }, limits.compactMap { $0[key] })
            row(
                "call of core.set in a worker, \(key.prefix(3)) µs", spread(call, digits: 1), spread(limit, digits: 1),
                ratio(call, limit), key == "p50_us" ? "2.5" : "")
        }
        row(
            "start of a worker, with its first call, ms", spread(ours.compactMap { $0["start_ms"] }, digits: 1), "", "",
            "")
        var here: [Double] = []
        var there: [Double] = []
        for _ in 0..<rounds {
            let words = { ["throughput", fresh(), plugins, "20000", "64"] }
            if let rate = subject(words())?["runs_per_s"] { here.append(rate) }
            if let rate = subject(words(), ["ARCADIA_BENCH_WORKERS": program])?["runs_per_s"] { there.append(rate) }
        }
        row(
            "runs/s of three steps, 64 in flight, all steps in a worker; limit: in process", spread(there, digits: 0),
            spread(here, digits: 0), ratio(there, here), "")
    }

    /// A plain path, which is looked up; one that libjq evaluates, in its process; and what the first of a definition costs.
    private func expressions() {
        let results = (0..<rounds).compactMap { _ in subject(["expressions", release + "/bin/arcadia", "20000"]) }
        func row(_ what: String, _ key: String, digits: Int) {
            self.row(what, spread(results.compactMap { $0[key] }, digits: digits), "", "", "")
        }
        row("expression: a plain path, ns", "path_ns", digits: 0)
        row("expression: one for jq, p50 µs", "p50_us", digits: 1)
        row("expression: one for jq, p99 µs", "p99_us", digits: 1)
        row("… the first of a host: a process started, a definition compiled, ms", "first_ms", digits: 0)
        row("… the first of a definition with 100, ms", "hundred_ms", digits: 0)
    }

    /// Three-step runs: durable steps a second beside the C program that writes the least that durability needs.
    private func throughput(inFlight: Int, delay: Int) {
        let runs = runs(inFlight: inFlight, delay: delay)
        var ours: [Double] = []
        var limits: [Double] = []
        for _ in 0..<rounds {
            let environment = slow(delay)
            if let value = subject(["throughput", fresh(), plugins, "\(runs)", "\(inFlight)"], environment)?[
                "steps_per_s"]
            {
                ours.append(value)
            }
            let arguments = ["--runs", "\(runs)", "--in-flight", "\(inFlight)", "--file", fresh() + "/floor.db"]
            if let value = measure(folder + "/floor", arguments, environment)?["steps_per_s"] { limits.append(value) }
        }
        let disk = delay == 0 ? "" : ", flush +\(delay) ms"
        row(
            "durable steps/s, \(inFlight) in flight\(disk)", spread(ours, digits: 0), spread(limits, digits: 0),
            ratio(ours, limits), inFlight == 1000 ? "0.80" : "")
    }

    private func runs(inFlight: Int, delay: Int) -> Int {
        switch (inFlight, delay) {
        case (1, 0): 2000
        case (1, _): 200
        case (64, 0): 40_000
        case (64, _): 6000
        case (_, 0): 100_000
        default: 40_000
        }
    }

    private func latency() {
        var ours: [Double] = []
        var limits: [Double] = []
        for _ in 0..<rounds {
            if let value = subject(["latency", fresh(), plugins, "1000"])?["p50_us"] { ours.append(value) }
            let arguments = ["--mode", "four", "--count", "1000", "--file", fresh() + "/four.db"]
            if let value = measure(folder + "/floor", arguments, [:])?["p50_us"] { limits.append(value) }
        }
        row(
            "one three-step run beside four bare commits, p50 µs", spread(ours, digits: 0), spread(limits, digits: 0),
            ratio(ours, limits), "1.25")
    }

    /// Ten thousand steps in a row, beside a thousand: what a step costs stays the same.
    private func longDefinition() {
        func measure(_ steps: Int) -> [[String: Double]] {
            (0..<rounds).compactMap { _ in
                subject(["definition", fresh(), plugins, release + "/bin/arcadia", "\(steps)"])
            }
        }
        let (long, short) = (measure(10_000), measure(1000))
        func row(_ what: String, _ key: String, digits: Int) {
            let ours = long.compactMap { $0[key] }
            let limits = short.compactMap { $0[key] }
            let scaled = key.hasSuffix("_ms") ? limits.map { $0 * 10 } : limits
            self.row(what, spread(ours, digits: digits), spread(scaled, digits: digits), ratio(ours, scaled), "1.25")
        }
        row("definition of 10,000 steps: check, ms; limit: ten times 1,000 steps", "check_ms", digits: 0)
        row("… check of as many in loops that each put out something else, ms", "loops_ms", digits: 0)
        row("… plan, ms", "plan_ms", digits: 0)
        row("… run, µs a step; limit: of 1,000 steps", "run_us_per_step", digits: 1)
        self.row(
            "… peak memory to the plan, MiB", spread(long.compactMap { $0["plan_rss_mib"] }, digits: 0), "", "", "")
        self.row("… and with the run, MiB", spread(long.compactMap { $0["rss_mib"] }, digits: 0), "", "", "")
    }

    /// A step for each of 100,000 items, beside 1,000.
    private func longList() {
        func measure(_ items: Int) -> [[String: Double]] {
            (0..<rounds).compactMap { _ in subject(["for-each", fresh(), plugins, "\(items)"]) }
        }
        let (long, short) = (measure(100_000), measure(1000))
        let values = { (results: [[String: Double]], key: String) in results.compactMap { $0[key] } }
        let (ours, limits) = (values(long, "run_us_per_item"), values(short, "run_us_per_item"))
        row(
            "for_each over 100,000 items, sixteen at once, µs an item; limit: of 1,000", spread(ours, digits: 1),
            spread(limits, digits: 1), ratio(ours, limits), "1.25")
        row("… check and plan, ms", spread(values(long, "plan_ms"), digits: 0), "", "", "")
        row("… peak memory, MiB", spread(values(long, "rss_mib"), digits: 0), "", "", "")
    }

    /// Ten thousand runs asleep, the process killed, and started again.
    private func suspended() {
        var memory: [Double] = []
        var threads: [Double] = []
        var first: [Double] = []
        var all: [Double] = []
        for _ in 0..<min(rounds, 3) {
            let data = folder + "/asleep"
            try? FileManager.default.removeItem(atPath: data)
            let asleep = json(run(CommandLine.arguments[0], ["suspend", data, plugins, "10000"], [:]))
            let awake = json(run(CommandLine.arguments[0], ["rearm", data, plugins], [:]))
            if let value = asleep?["rss_mib"] { memory.append(value) }
            if let value = asleep?["threads"] { threads.append(value) }
            if let value = awake?["first_ms"] { first.append(value) }
            if let value = awake?["all_ms"] { all.append(value) }
            try? FileManager.default.removeItem(atPath: data)
        }
        row("10,000 runs asleep: memory, MiB", spread(memory, digits: 1), "", "", "")
        row("10,000 runs asleep: threads", spread(threads, digits: 0), "", "", "")
        row("… killed, started again: first step resumed after, ms", spread(first, digits: 0), "", "", "")
        row("… all re-armed after, ms", spread(all, digits: 0), "", "", "")
    }

    /// A thousand droplets by a thousand runs at once, at a simulated account; then 200 under a limit of 250 requests a
    /// minute, which the account enforces.
    private func droplets() {
        func measure(_ words: [String], count: Int, perMinute: Int) -> [String: Double]? {
            guard let account = Listener.account(program: release + "/bin/arcadia", words) else { return nil }
            defer { account.end() }
            return subject(["droplets", fresh(), plugins, account.url, "\(count)", "\(perMinute)"])
        }
        let open = (0..<min(rounds, 3)).compactMap { _ in measure([], count: 1000, perMinute: 0) }
        let values = { (key: String) in open.compactMap { $0[key] } }
        row("1,000 droplets by 1,000 runs at once, s", spread(values("seconds"), digits: 2), "", "", "")
        row("… requests/s", spread(values("requests_per_s"), digits: 0), "", "", "")
        row("… most memory, MiB", spread(values("rss_mib"), digits: 0), "", "", "")
        row("… most threads", spread(values("threads"), digits: 0), "", "", "")
        guard let limited = measure(["--rate-limit"], count: 200, perMinute: 250) else { return }
        let most = spread([limited["in_a_minute"] ?? -1], digits: 0)
        row("200 droplets, 250 requests a minute: most in any minute", most, "250", "", "")
        row("… refused by the account", spread([limited["refused"] ?? -1], digits: 0), "", "", "0")
    }

    /// 100,000 resources into an empty inventory, and once more unchanged.
    private func sync() {
        let results = (0..<rounds).compactMap { _ in subject(["sync", fresh(), "100000"]) }
        let first = results.compactMap { $0["first_per_s"] }
        let again = results.compactMap { $0["again_per_s"] }
        row("first sync of 100,000 resources, resources/s", spread(first, digits: 0), "", "", "")
        row("unchanged sync of the same, resources/s", spread(again, digits: 0), "", "", "")
        row("… peak memory, MiB", spread(results.compactMap { $0["rss_mib"] }, digits: 0), "", "", "200")
    }

    /// A comparison of 1,000,000 provisioned resources beside the C program on the same file.
    private func drift() {
        let data = folder + "/drift"
        try? FileManager.default.removeItem(atPath: data)
        try? FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: data) }
        _ = run(CommandLine.arguments[0], ["drift-make", data, "1000000"], [:])
        var ours: [Double] = []
        var limits: [Double] = []
        var memory: [Double] = []
        for _ in 0..<rounds {
            let result = json(run(CommandLine.arguments[0], ["drift", data], [:]))
            let limit = json(run(folder + "/drift-floor", [data + "/cloud.db"], [:]))
            guard let result, let limit, result["drifted_fields"] == limit["drifted_fields"] else { continue }
            ours.append(result["seconds"] ?? 0)
            limits.append(limit["seconds"] ?? 0)
            memory.append(result["rss_mib"] ?? 0)
        }
        row(
            "drift sweep of 1,000,000 resources with three fields, s", spread(ours, digits: 2),
            spread(limits, digits: 2), ratio(ours, limits), "1.5")
        row("… peak memory, MiB", spread(memory, digits: 0), "", "", "200")
    }

    /// A 200 MB invoice, typed, matched and reconciled, beside the sqlite3 shell that takes the same file as text.
    private func invoice() {
        let source = fresh()
        defer { clear() }
        _ = run(CommandLine.arguments[0], ["invoice", source, "200"], [:])
        var ours: [Double] = []
        var limits: [Double] = []
        var memory: [Double] = []
        for _ in 0..<rounds {
            let (first, second) = (fresh(), fresh())
            defer { for path in [first, second] { try? FileManager.default.removeItem(atPath: path) } }
            let taken = json(run(CommandLine.arguments[0], ["ingest", source, first], [:]))
            if let rate = taken?["rows_per_s"], let peak = taken?["rss_mib"] {
                ours.append(rate)
                memory.append(peak)
            }
            let imported = json(run(folder + "/import.sh", [source + "/invoice.csv", second], [:]))
            if let rate = imported?["rows_per_s"] { limits.append(rate) }
        }
        row(
            "200 MB invoice ingested beside `sqlite3 .import`, lines/s", spread(ours, digits: 0),
            spread(limits, digits: 0), ratio(ours, limits), "1.5")
        row("… peak memory, MiB", spread(memory, digits: 0), "", "", "200")
    }

    private func process(_ what: String, _ arguments: [String], aim: Int) {
        let data = fresh()
        var times: [Double] = []
        for _ in 0..<(rounds * 4) {
            let start = Subject.now()
            Self.spawn(release + "/bin/arcadia", arguments + ["--data", data])
            times.append((Subject.now() - start) * 1000)
        }
        row(what + ", ms", spread(times, digits: 1), "", "", "\(aim)")
    }

    /// Starts a program and waits for its end; Foundation's Process looks for that end only twenty times a second.
    private static func spawn(_ program: String, _ arguments: [String]) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in [1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        guard posix_spawn(&process, program, &actions, nil, &words, environ) == 0 else { return }
        waitpid(process, nil, 0)
    }

    // MARK: - Running

    var plugins: String { release + "/plugins" }

    private func subject(_ arguments: [String], _ environment: [String: String] = [:]) -> [String: Double]? {
        measure(CommandLine.arguments[0], arguments, environment)
    }

    private func slow(_ delay: Int) -> [String: String] {
        delay == 0 ? [:] : ["LD_PRELOAD": folder + "/slowsync.so", "SLOWSYNC_US": "\(delay * 1000)"]
    }

    /// A new folder on the disk the project is on, not on a tmpfs.
    func fresh() -> String {
        let path = folder + "/work-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path
    }

    private func measure(_ program: String, _ arguments: [String], _ environment: [String: String]) -> [String: Double]?
    {
        defer { clear() }
        return json(run(program, arguments, environment))
    }

    func json(_ text: String) -> [String: Double]? {
        guard let data = text.data(using: .utf8),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return nil }
        return object.compactMapValues { ($0 as? NSNumber)?.doubleValue }
    }

    func clear() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix("work-") {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    func run(_ program: String, _ arguments: [String], _ environment: [String: String]) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "" }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    // MARK: - Words

    private func median(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.sorted()[values.count / 2] }

    func spread(_ values: [Double], digits: Int) -> String {
        guard let least = values.min(), let most = values.max() else { return "not measured" }
        func text(_ value: Double) -> String { String(format: "%.\(digits)f", value) }
        return "\(text(median(values))) (\(text(least))-\(text(most)))"
    }

    func ratio(_ ours: [Double], _ limits: [Double]) -> String {
        let pairs = zip(ours, limits).map { $0 / $1 }
        return pairs.isEmpty ? "" : String(format: "%.2f", median(pairs))
    }

    func row(_ cells: String...) {
        Swift.print("| " + cells.joined(separator: " | ") + " |")
        fflush(nil)
    }
}
