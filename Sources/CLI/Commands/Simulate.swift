internal import ArgumentParser
internal import Glibc
internal import Simulator
internal import Synchronization

/// `arcadia simulate …`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Stand in for a provider, on this machine only.",
        subcommands: [DigitalOcean.self])

    struct DigitalOcean: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "digitalocean",
            abstract: "Answer as DigitalOcean's API does, with a state of its own, until interrupted.",
            discussion: """
                Listens on 127.0.0.1 only and prints its address. Any token may do
                everything, unless --token says less; plugins are given none that has
                fewer than 8 characters.

                EXAMPLES
                  arcadia simulate digitalocean     takes as long as the provider does
                  arcadia simulate digitalocean --fast --port 0      on any free port
                  arcadia simulate digitalocean --clock manual --seed 7
                  arcadia simulate digitalocean --token reader=droplet:read,tag:read \\
                                                --token old=revoked
                  arcadia simulate digitalocean --faults faults.json

                What exists, what was asked, the clock and the faults are under /admin:
                  url=127.0.0.1:8089
                  curl $url/admin/requests
                  curl -X POST $url/admin/clock -d '{"advance_seconds": 60}'
                  curl -X POST $url/admin/seed -d '{"droplets": 3}'
                  curl -X PATCH $url/admin/droplets/ID -d '{"size_slug": "s-2vcpu-2gb"}'
                  curl -X PUT $url/admin/tokens -d '{"TOKEN": "revoked"}'
                  curl -X PUT $url/admin/faults -d @faults.json

                faults.json: a list of rules, the first that strikes counts; * stands for
                one part of a path.
                  [ { "method": "POST", "path": "/v2/droplets",
                      "fault": "lost_reply", "count": 1 },
                    { "path": "/v2/**", "fault": "status_503",
                      "probability": 0.1, "after": 5 } ]
                Faults: status_429 (retry_after), status_500, status_503, reset_before,
                reset_after, lost_reply, slow (seconds), action_errored, action_stuck,
                not_found_after_create (seconds or times), truncated_page (closes_early),
                empty_list, malformed_json, droplet_limit.
                """)

        @Option(help: "The port to listen on; 0 for any that is free.")
        var port = 8089

        @Flag(help: "Everything takes milliseconds.")
        var fast = false

        @Option(help: "The same seed makes the same ids, durations and invoices.")
        var seed: UInt64 = 1

        @Option(help: ArgumentHelp("A JSON file of things to go wrong.", valueName: "file"))
        var faults: String?

        @Option(help: "real, or manual: it begins in January 2026 and moves by POST /admin/clock only.")
        var clock = ClockKind.real

        @Option(
            help: ArgumentHelp(
                "What a token may do: scopes between commas, *, or revoked. May be given again.",
                valueName: "name=scopes"))
        var token: [String] = []

        @Flag(help: "Refuse more than 250 requests a minute or 5000 an hour.")
        var rateLimit = false

        @Option(help: "Seconds until a tag shows on a droplet.")
        var tagLagSeconds = 0.0

        @Option(help: "Seconds that what was deleted still shows; else 4, or 0.01 with --fast.")
        var deleteLingerSeconds: Double?

        @Option(help: "How many droplets the account may have.")
        var dropletLimit = 10_000

        enum ClockKind: String, ExpressibleByArgument, CaseIterable {
            case real, manual
        }

        func validate() throws {
            guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535") }
            guard tagLagSeconds >= 0 else { throw ValidationError("--tag-lag-seconds is not negative") }
            guard deleteLingerSeconds ?? 0 >= 0 else {
                throw ValidationError("--delete-linger-seconds is not negative")
            }
            guard token.allSatisfy({ $0.contains("=") }) else {
                throw ValidationError("--token is written name=scopes, such as reader=droplet:read,tag:read")
            }
        }

        func run() throws {
            let signals = StopSignals()
            let simulator = try Self.start(try configuration())
            Terminal.print("simulating DigitalOcean on \(simulator.address)")
            signals.wait()
        }

        private func configuration() throws -> SimulatorConfiguration {
            var configuration = SimulatorConfiguration()
            configuration.port = port
            configuration.timing = fast ? .fast : .realistic
            configuration.timing.tagLag = tagLagSeconds
            if let deleteLingerSeconds { configuration.timing.deleteLinger = deleteLingerSeconds }
            configuration.seed = seed
            configuration.clock = clock == .manual ? .manual : .real
            configuration.isRateLimited = rateLimit
            configuration.dropletLimit = dropletLimit
            for pair in token {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                configuration.restrict(token: String(parts[0]), to: String(parts[1]))
            }
            if let faults { try plan(faults, in: &configuration) }
            return configuration
        }

        private func plan(_ path: String, in configuration: inout SimulatorConfiguration) throws {
            guard let file = fopen(path, "r") else {
                throw Failure("simulate.faults", "there is no file \"\(path)\" with faults", exit: .badData)
            }
            defer { fclose(file) }
            do {
                try configuration.plan(faults: Array((readAll(file) ?? "").utf8))
            } catch {
                throw Failure(
                    "simulate.faults", "\(path): \(error.message)",
                    hint: "`arcadia simulate digitalocean --help` shows a file of faults", exit: .badData)
            }
        }

        /// Waits for the server, which lives on other threads, to listen.
        static func start(_ configuration: SimulatorConfiguration) throws -> Simulator {
            let waiting = Waiting()
            Task.detached {
                do throws(SimulatorError) {
                    waiting.end(.success(try await Simulator.start(configuration)))
                } catch {
                    waiting.end(.failure(error))
                }
            }
            switch waiting.result() {
            case .success(let simulator): return simulator
            case .failure(let error):
                throw Failure(
                    "simulate.cannot_listen", error.message, hint: "`--port 0` takes any port that is free",
                    exit: .unavailable)
            }
        }
    }
}

/// Lets a thread wait for a task.
private final class Waiting: Sendable {
    private let ended: Int32
    private let end: Int32
    private let outcome = Mutex<Result<Simulator, SimulatorError>?>(nil)

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "no file descriptors are left")
        ended = ends[0]
        end = ends[1]
    }

    func end(_ result: Result<Simulator, SimulatorError>) {
        outcome.withLock { $0 = result }
        close(end)
    }

    func result() -> Result<Simulator, SimulatorError> {
        var byte: UInt8 = 0
        _ = read(ended, &byte, 1)
        close(ended)
        return outcome.withLock { $0! }
    }
}
