internal import CPluginHost
internal import Glibc
internal import SagaCore

/// How a process stands: what a plugin has to leave as it found it.
struct ProcessState {
    let threads: Int
    /// What each descriptor leads to.
    let descriptors: [Int: String]
    let signals: [UInt64]
    let blockedSignals: String
    let folder: String
    let umask: String
    let environment: UInt64
    let locale: String
    /// Pages of memory in use, in bytes.
    let residentBytes: Int

    /// Of this process, seen from this thread.
    static var now: ProcessState {
        let status = lines(of: "/proc/self/status")
        let own = lines(of: "/proc/thread-self/status")
        let pages = text(of: "/proc/self/statm").split(separator: " ")
        return ProcessState(
            threads: status["Threads"].flatMap { Int($0) } ?? 0, descriptors: openDescriptors(),
            signals: (1...64).map { arcadia_signal_digest($0) },
            blockedSignals: own["SigBlk"] ?? status["SigBlk"] ?? "",
            folder: getcwd(nil, 0).map { path in
                defer { free(path) }
                return String(cString: path)
            } ?? "nowhere",
            umask: status["Umask"] ?? "", environment: arcadia_environment_digest(),
            locale: setlocale(LC_ALL, nil).map { String(cString: $0) } ?? "",
            residentBytes: pages.count > 1 ? (Int(pages[1]) ?? 0) * 4096 : 0)
    }

    private static func openDescriptors() -> [Int: String] {
        guard let listing = opendir("/proc/self/fd") else { return [:] }
        defer { closedir(listing) }
        var found: [Int: String] = [:]
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let number = Int(name), number != Int(dirfd(listing)) else { continue }
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = buffer.withUnsafeMutableBytes {
                readlink("/proc/self/fd/\(number)", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
            }
            found[number] = count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
        }
        return found
    }

    private static func text(of path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    private static func lines(of path: String) -> [String: String] {
        text(of: path).split(separator: "\n").reduce(into: [:]) { values, line in
            guard let colon = line.firstIndex(of: ":") else { return }
            let value = line[line.index(after: colon)...].drop { $0 == "\t" || $0 == " " }
            values[String(line[..<colon])] = String(value)
        }
    }

    /// What is different from an earlier state, as the bench tells it.
    func changes(since before: ProcessState) -> JSONValue {
        var changes: [JSONValue] = []
        func note(_ what: String, _ was: String, _ now: String) {
            if was != now { changes.append(["what": .string(what), "was": .string(was), "is": .string(now)]) }
        }
        note("threads", "\(before.threads)", "\(threads)")
        for number in Set(before.descriptors.keys).union(descriptors.keys).sorted() {
            note("descriptor \(number)", before.descriptors[number] ?? "closed", descriptors[number] ?? "closed")
        }
        for (index, digest) in signals.enumerated() where digest != before.signals[index] {
            note(WorkerEnd.signalName(Int32(index + 1)), "as it was", "handled otherwise")
        }
        note("blocked signals", before.blockedSignals, blockedSignals)
        note("current folder", before.folder, folder)
        note("umask", before.umask, umask)
        if environment != before.environment { note("environment", "as it was", "another") }
        note("locale", before.locale, locale)
        return .array(changes)
    }
}
