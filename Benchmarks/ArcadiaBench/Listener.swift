internal import Foundation

/// A server on loopback, for a while: a program whose first line ends with its address.
final class Listener {
    let url: String
    private let process = Process()
    private let output = Pipe()

    init?(_ program: String, _ words: [String]) {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let address = said.split(separator: "\n").first?.split(separator: " ").last else { return nil }
        url = String(address)
    }

    /// `arcadia simulate digitalocean --fast`
    static func account(program: String, _ words: [String]) -> Listener? {
        Listener(program, ["simulate", "digitalocean", "--fast", "--port", "0"] + words)
    }

    var port: String { String(url.split(separator: ":").last ?? "0") }

    /// A number of its /proc/PID/status, in MiB. eg: "VmHWM"
    func memory(_ key: String) -> Double { Suspended.status(key, of: "\(process.processIdentifier)") / 1024 }

    func end() {
        process.terminate()
        process.waitUntilExit()
    }
}
