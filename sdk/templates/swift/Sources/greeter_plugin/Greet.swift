import ArcadiaPlugin
import Glibc

/// Leaves a greeting as `<folder>/<name>.txt`. One is made for every call.
struct Greet: Operation, Compensable, Probeable {
    typealias Owner = GreeterPlugin
    static let name = "greet"

    struct Input: Decodable { var name: String }
    struct Output: Codable, Equatable { var file: String }
    struct Checkpoint: Codable, Sendable { var begun: Bool }

    func execute(_ call: Call<Greet>) throws -> Output {
        let paths = try Paths(call)
        if paths.areOf(call.idempotencyKey) {
            unlink(paths.draft)  // an earlier call got this far, and no further
            return Output(file: paths.file)
        }
        // Durable before the effect: without it, compensate knows that nothing was done.
        try call.save(Checkpoint(begun: true), effectSoFar: .none)
        try paths.write("Hello, \(call.input.name)!\n\(call.idempotencyKey)")
        return Output(file: paths.file)
    }

    /// Takes back what execute did, all of it or only some; not being there any more is fine.
    func compensate(_ call: Call<Greet>) throws {
        guard call.checkpoint != nil else { return }  // never came to the effect
        let paths = try Paths(call)
        unlink(paths.draft)
        // executeKey: idempotencyKey is compensate's own here.
        guard paths.areOf(call.executeKey), unlink(paths.file) != 0 else { return }
        throw StepFailure(.other, "the greeting is still there", effect: .applied, retry: .yes)
    }

    /// What became of a call that never returned? Changes nothing.
    func probe(_ call: Call<Greet>) throws -> Finding<Output> {
        let paths = try Paths(call)
        return paths.areOf(call.executeKey) ? .applied(Output(file: paths.file)) : .nothing
    }
}

/// The files of one step.
private struct Paths {
    let file: String
    /// The same in every call of the step, so that what a crash leaves is found again.
    let draft: String

    /// Refuses a name that would lead elsewhere: what an expression fills in can be any text.
    init(_ call: Call<Greet>) throws {
        let name = call.input.name
        guard (1...64).contains(name.utf8.count), !name.hasPrefix("."), !name.contains("/") else {
            throw StepFailure(
                .input, "`name` is to be a file's; expected up to 64 bytes without a slash, no dot first", effect: .none
            )
        }
        file = "\(call.plugin.folder)/\(name).txt"
        draft = "\(call.plugin.folder)/.\(call.runID)-\(call.stepNumber)"
    }

    /// Is the file there, and did the step with this key write it? The key is how it ends.
    func areOf(_ key: String) -> Bool {
        guard let stream = fopen(file, "re") else { return false }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = fread(&bytes, 1, bytes.count, stream)
        return !key.isEmpty && bytes[..<count].suffix(key.utf8.count).elementsEqual(key.utf8)
    }

    /// Complete under another name first: nobody sees half a greeting, and nothing is overwritten.
    func write(_ text: String) throws {
        defer { unlink(draft) }
        guard writeDraft(text), link(draft, file) == 0 else {
            let error = errno
            if error == EEXIST { throw StepFailure(.conflict, "\(file) exists already", effect: .none) }
            let reason = String(cString: strerror(error))
            throw StepFailure(.other, "\(file) was not written: \(reason)", effect: .none, retry: .yes)
        }
    }

    private func writeDraft(_ text: String) -> Bool {
        guard let stream = fopen(draft, "we") else { return false }
        let isComplete = fputs(text, stream) >= 0 && fflush(stream) == 0 && fsync(fileno(stream)) == 0
        return fclose(stream) == 0 && isComplete
    }
}
