internal import Glibc

/// `arcadia-bench SUBJECT …`: one measurement; `arcadia-bench table …`: all of them, with their limits beside them.
@main
struct Main {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        func number(_ index: Int) -> Int { Int(arguments[index]) ?? 0 }
        switch arguments.first {
        case "throughput":
            try Subject.throughput(folder: arguments[1], plugins: arguments[2], runs: number(3), inFlight: number(4))
        case "latency": try Subject.latency(folder: arguments[1], plugins: arguments[2], count: number(3))
        case "call": try Subject.call(folder: arguments[1], plugins: arguments[2], count: number(3))
        default:
            print("usage: arcadia-bench throughput|latency|call FOLDER PLUGINS COUNT [IN_FLIGHT]")
            exit(64)
        }
    }
}
