internal import Foundation
internal import Glibc

/// `arcadia-bench SUBJECT …`: one measurement; `arcadia-bench table …`: all of them, with their limits beside them.
@main
struct Main {
    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        func number(_ index: Int) -> Int { Int(arguments[index]) ?? 0 }
        switch arguments.first {
        case "throughput":
            try Subject.throughput(folder: arguments[1], plugins: arguments[2], runs: number(3), inFlight: number(4))
        case "latency": try Subject.latency(folder: arguments[1], plugins: arguments[2], count: number(3))
        case "call":
            let (operation, with) = arguments.count > 5 ? (arguments[4], arguments[5]) : ("core.set", "{}")
            try Subject.call(
                folder: arguments[1], plugins: arguments[2], count: number(3), operation: operation, with: with)
        case "worker":
            try WorkerSubject.call(
                folder: arguments[1], plugins: arguments[2], program: arguments[3], count: number(4))
        case "expressions": try ExpressionSubject.measure(program: arguments[1], count: number(2))
        case "definition":
            try Definitions.measure(
                folder: arguments[1], plugins: arguments[2], program: arguments[3], steps: number(4))
        case "for-each": try Definitions.forEach(folder: arguments[1], plugins: arguments[2], items: number(3))
        case "suspend": try Suspended.suspend(folder: arguments[1], plugins: arguments[2], count: number(3))
        case "rearm": try Suspended.rearm(folder: arguments[1], plugins: arguments[2])
        case "droplets":
            try Droplets.provision(
                folder: arguments[1], plugins: arguments[2], url: arguments[3], count: number(4), perMinute: number(5))
        case "sync": try CloudSubject.sync(folder: arguments[1], count: number(2))
        case "account": try CloudSubject.account(folder: arguments[1], count: number(2))
        case "drift-make": try CloudSubject.makeDrift(folder: arguments[1], count: number(2))
        case "drift": try CloudSubject.drift(folder: arguments[1])
        case "invoice": try Invoices.generate(folder: arguments[1], .megabytes(number(2)))
        case "invoice-lines": try Invoices.generate(folder: arguments[1], .lines(number(2)))
        case "ingest": try Invoices.ingest(file: arguments[1], folder: arguments[2])
        case "table":
            let rounds = ProcessInfo.processInfo.environment["ROUNDS"].flatMap { Int($0) } ?? 5
            let table = Table(folder: absolute(arguments[1]), release: absolute(arguments[2]), rounds: rounds)
            if arguments.count > 3, arguments[3] == "served" { Served(table: table).print() } else { table.print() }
        default:
            print(
                "usage: arcadia-bench throughput|latency|call FOLDER PLUGINS COUNT [IN_FLIGHT], or table FOLDER RELEASE [served]"
            )
            print("       arcadia-bench call FOLDER PLUGINS COUNT OPERATION WITH")
            print("       arcadia-bench worker FOLDER PLUGINS PROGRAM COUNT")
            print(
                "       arcadia-bench definition FOLDER PLUGINS PROGRAM STEPS; arcadia-bench for-each FOLDER PLUGINS ITEMS"
            )
            print("       arcadia-bench suspend FOLDER PLUGINS COUNT; arcadia-bench rearm FOLDER PLUGINS")
            print("       arcadia-bench droplets FOLDER PLUGINS URL COUNT PER_MINUTE")
            print("       arcadia-bench sync|account|drift-make FOLDER COUNT; arcadia-bench drift FOLDER")
            print("       arcadia-bench invoice FOLDER MEGABYTES; arcadia-bench invoice-lines FOLDER LINES")
            print("       arcadia-bench ingest INVOICE_FOLDER DATABASE_FOLDER")
            exit(64)
        }
    }
}
