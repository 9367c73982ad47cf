internal import CChildProcess
public import Foundation
internal import Glibc

/// A program that was started, with nothing of ours but what it is given.
///
/// In the place of Foundation's `Process`, which reads beyond the names in /proc/self/fd whenever it starts a program, and
/// so ends the whole test process now and then (swift-corelibs-foundation, issue 5472).
public final class ChildProcess: @unchecked Sendable {
    /// Where its stdout or its stderr goes.
    public enum Output {
        case nowhere
        case file(String)
        /// Its writing end is closed here once the program has it.
        case pipe(Pipe)
        case descriptor(Int32)
    }

    public enum Input {
        case nothing
        case file(String)
        case descriptor(Int32)
    }

    public let processIdentifier: Int32
    private let condition = NSCondition()
    private var status: Int32?

    /// Starts it, as the first of a process group of its own.
    ///
    /// - Parameters:
    ///   - environment: besides ours, or in its place where `inheritsEnvironment` is false.
    ///   - folder: where it is; nil: where we are.
    public init(
        _ program: String, _ arguments: [String], at folder: String? = nil, environment: [String: String] = [:],
        inheritsEnvironment: Bool = true, input: Input = .nothing, output: Output = .nowhere,
        errors: Output = .nowhere
    ) throws {
        let descriptors = [Self.opened(input), Self.opened(output), Self.opened(errors)]
        defer {
            for (descriptor, isOurs) in descriptors where isOurs { close(descriptor) }
            for case .pipe(let pipe) in [output, errors] { try? pipe.fileHandleForWriting.close() }
        }
        let inherited = inheritsEnvironment ? ProcessInfo.processInfo.environment : [:]
        let variables = inherited.merging(environment) { $1 }.map { "\($0)=\($1)" }
        let process = try Self.withCStrings([program] + arguments) { words in
            try Self.withCStrings(variables) { variables in
                var process = pid_t()
                let failure = child_process_start(&process, program, words, variables, folder, descriptors.map(\.0))
                guard failure == 0 else {
                    throw NotStarted(program: program, reason: String(cString: strerror(failure)))
                }
                return process
            }
        }
        processIdentifier = process
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            condition.withLock {
                self.status = status
                condition.broadcast()
            }
        }
    }

    struct NotStarted: Error {
        let program: String
        let reason: String
    }

    /// - Returns: `isOurs`: it is to be closed here once the program has it.
    private static func opened(_ input: Input) -> (Int32, isOurs: Bool) {
        switch input {
        case .nothing: (open("/dev/null", O_RDONLY | O_CLOEXEC), true)
        case .file(let path): (open(path, O_RDONLY | O_CLOEXEC), true)
        case .descriptor(let descriptor): (descriptor, false)
        }
    }

    private static func opened(_ output: Output) -> (Int32, isOurs: Bool) {
        switch output {
        case .nowhere: (open("/dev/null", O_WRONLY | O_CLOEXEC), true)
        case .file(let path): (open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600), true)
        case .pipe(let pipe): (pipe.fileHandleForWriting.fileDescriptor, false)
        case .descriptor(let descriptor): (descriptor, false)
        }
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
    ) rethrows -> Result {
        let pointers = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return try pointers.withUnsafeBufferPointer { try body($0.baseAddress!) }
    }

    public var isRunning: Bool { condition.withLock { status == nil } }

    /// Once it is over.
    ///
    /// - Returns: the exit code, or minus the signal that ended it.
    @discardableResult
    public func waitUntilExit() -> Int32 {
        condition.withLock {
            while status == nil { condition.wait() }
            return Self.code(status!)
        }
    }

    /// The exit code, or minus the signal that ended it; it must be over.
    public var code: Int32 { Self.code(condition.withLock { status! }) }

    private static func code(_ status: Int32) -> Int32 {
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : -signal
    }

    /// Nothing happens to one that is over: its number may be another's by now.
    public func send(_ signal: Int32) {
        condition.withLock { if status == nil { kill(processIdentifier, signal) } }
    }

    public func terminate() { send(SIGTERM) }
}

extension Pipe {
    /// The next line, without its end, and no byte beyond it; nil: whoever writes has closed it.
    public func line() -> String? {
        var bytes: [UInt8] = []
        while let byte = try? fileHandleForReading.read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
