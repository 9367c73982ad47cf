internal import CJQ
internal import CPluginHost
internal import Glibc
internal import SagaCore

/// What evaluates expressions, from the inside: a process that knows libjq, and nothing of any run but what it is asked.
///
/// Orders come over one lane, an answer for each:
/// `program` (`hash`, `sources`) → `compiled`; `evaluate` (`hash`, `place`, the scope attached) → `value` (attached),
/// `failed` (`why`, `message`) or `unknown`, when it does not have the program; `compiles` (`source`) → `verdict`.
final class EvaluatorProcess {
    /// How it ends when jq has no more memory.
    static let outOfMemory: Int32 = 78
    /// Of processor time, for a value and for a program.
    static let valueSeconds = 1
    static let programSeconds = 10
    /// Of a value's JSON, and of a scope's.
    static let textLimit = 8 << 20

    private let channel: FrameChannel
    private var programs: [String: Program] = [:]
    private static let programLimit = 256

    private init(_ channel: FrameChannel) { self.channel = channel }

    /// Tells over `control` whether there is a libjq, then does as it is told until nobody tells it any more.
    static func work(_ channel: FrameChannel, _ control: FrameChannel) -> Never {
        arcadia_crash_silently()
        if let problem = cjq_load() {
            var answer = FrameBytes("refused")
            answer.add("code", "expressions.no_library")
            answer.add("reason", String(cString: problem))
            try? control.send(answer.finish())
            // The host ends this process once it has read that.
            while true { pause() }
        }
        cjq_exit_without_memory(outOfMemory)
        var answer = FrameBytes("loaded")
        try? control.send(answer.finish())
        let process = EvaluatorProcess(channel)
        while let order = try? channel.receive() {
            guard (try? channel.send(process.answer(order))) != nil else { break }
        }
        _exit(WorkerProcess.channelLost)
    }

    private func answer(_ order: Frame) -> [UInt8] {
        switch order.kind {
        case "program": compile(order)
        case "evaluate": evaluate(order)
        case "compiles": verdict(order)
        default: _exit(76)
        }
    }

    // MARK: - Programs

    /// A part of a definition's expressions at once; where one of them cannot be compiled, each by itself.
    private enum Program {
        case whole(OpaquePointer)
        case single([Result<OpaquePointer, Trouble>])

        func free() {
            switch self {
            case .whole(let program): cjq_free(program)
            case .single(let programs): for case .success(let program) in programs { cjq_free(program) }
            }
        }
    }

    private struct Trouble: Error { let message: String }

    private func compile(_ order: Frame) -> [UInt8] {
        let sources = order.json["sources"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if programs.count >= Self.programLimit {
            for program in programs.values { program.free() }
            programs = [:]
        }
        let program: Program
        do {
            program = .whole(try Self.compiled(EvaluatorText.program(sources)))
        } catch {
            program = .single(sources.map(Self.compiledAlone))
        }
        programs[order.json["hash"]?.stringValue ?? ""] = program
        var answer = FrameBytes("compiled")
        return answer.finish()
    }

    private static func compiledAlone(_ source: String) -> Result<OpaquePointer, Trouble> {
        do throws(Trouble) {
            return .success(try compiled(EvaluatorText.program([source])))
        } catch {
            return .failure(error)
        }
    }

    private static func compiled(_ text: String) throws(Trouble) -> OpaquePointer {
        cjq_limit_time(Int64(programSeconds * 1000))
        defer { cjq_limit_time(0) }
        var message: UnsafeMutablePointer<CChar>?
        guard let program = cjq_compile(text, &message) else {
            defer { free(message) }
            throw Trouble(message: shortened(String(cString: message!)))
        }
        return program
    }

    /// jq quotes the whole program, and guesses at shells.
    private static func shortened(_ message: String) -> String {
        var line = String(message.prefix { $0 != "\n" })
        for noise in ["jq: error: ", " (Unix shell quoting issues?)"] {
            if let found = line.firstRange(of: noise) { line.removeSubrange(found) }
        }
        if let place = line.firstRange(of: " at <top-level>") { line.removeSubrange(place.lowerBound...) }
        return line
    }

    private func verdict(_ order: Frame) -> [UInt8] {
        let source = order.json["source"]?.stringValue ?? ""
        var answer = FrameBytes("verdict")
        do throws(Trouble) {
            // By itself, too: what closes the parentheses around it is no expression.
            for text in [source + "\n", EvaluatorText.program([source])] { cjq_free(try Self.compiled(text)) }
            answer.add("compiles", .bool(true))
        } catch {
            answer.add("compiles", .bool(false))
            answer.add("message", error.message)
        }
        return answer.finish()
    }

    // MARK: - Values

    private func evaluate(_ order: Frame) -> [UInt8] {
        let place = Int(order.json["place"]?.intValue ?? 0)
        switch programs[order.json["hash"]?.stringValue ?? ""] {
        case nil:
            var answer = FrameBytes("unknown")
            return answer.finish()
        case .whole(let program)?: return value(of: program, place, order.attachment)
        case .single(let programs)?:
            switch programs[place] {
            case .success(let program): return value(of: program, 0, order.attachment)
            case .failure(let trouble): return Self.failed("not_compiled", trouble.message)
            }
        }
    }

    private func value(of program: OpaquePointer, _ place: Int, _ scope: [UInt8]) -> [UInt8] {
        let input = Array("[\(place),".utf8) + scope + [UInt8(ascii: "]")]
        var text: UnsafeMutablePointer<CChar>?
        var length = 0
        cjq_limit_time(Int64(Self.valueSeconds * 1000))
        let outcome = input.withUnsafeBytes { bytes in
            cjq_evaluate(
                program, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, Self.textLimit, &text, &length)
        }
        cjq_limit_time(0)
        defer { free(text) }
        let written = [UInt8](UnsafeRawBufferPointer(start: text, count: length))
        switch Int(outcome) {
        case CJQ_VALUE:
            var answer = FrameBytes("value")
            return answer.finish(attachment: written)
        case CJQ_NONE: return Self.failed("none")
        case CJQ_SEVERAL: return Self.failed("several")
        case CJQ_TOO_LONG: return Self.failed("too_long")
        default: return Self.failed("jq", String(decoding: written.prefix(Self.messageBytes), as: UTF8.self))
        }
    }

    private static let messageBytes = 1000

    private static func failed(_ why: String, _ message: String? = nil) -> [UInt8] {
        var answer = FrameBytes("failed")
        answer.add("why", .string(why))
        answer.add("message", message.map(JSONValue.string))
        return answer.finish()
    }
}
