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
        if isOurs(call.file, key: call.idempotencyKey) {
            unlink(call.draft)  // an earlier call got this far, and no further
            return Output(file: call.file)
        }
        // Durable before the effect: without it, compensate knows that nothing was done.
        try call.save(Checkpoint(begun: true), effectSoFar: .none)
        try write("Hello, \(call.input.name)!\n\(call.idempotencyKey)", call)
        return Output(file: call.file)
    }

    /// Takes back what execute did, all of it or only some; not being there any more is fine.
    func compensate(_ call: Call<Greet>) throws {
        guard call.checkpoint != nil else { return }  // never came to the effect
        unlink(call.draft)
        // executeKey: idempotencyKey is compensate's own here.
        guard isOurs(call.file, key: call.executeKey), unlink(call.file) != 0 else { return }
        throw StepFailure(.other, "the greeting is still there", effect: .applied, retry: .yes)
    }

    /// What became of a call that never returned? Changes nothing.
    func probe(_ call: Call<Greet>) throws -> Finding<Output> {
        isOurs(call.file, key: call.executeKey) ? .applied(Output(file: call.file)) : .nothing
    }

    /// Is the file there, and did the step with this key write it? The key is how it ends.
    private func isOurs(_ path: String, key: String) -> Bool {
        guard let file = fopen(path, "re") else { return false }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = fread(&bytes, 1, bytes.count, file)
        return !key.isEmpty && bytes[..<count].suffix(key.utf8.count).elementsEqual(key.utf8)
    }

    /// Complete under another name first: nobody sees half a greeting, and nothing is overwritten.
    private func write(_ text: String, _ call: Call<Greet>) throws {
        defer { unlink(call.draft) }
        guard writeDraft(text, call.draft), link(call.draft, call.file) == 0 else {
            let error = errno
            if error == EEXIST { throw StepFailure(.conflict, "\(call.file) exists already", effect: .none) }
            let reason = String(cString: strerror(error))
            throw StepFailure(.other, "\(call.file) was not written: \(reason)", effect: .none, retry: .yes)
        }
    }

    private func writeDraft(_ text: String, _ path: String) -> Bool {
        guard let file = fopen(path, "we") else { return false }
        let isComplete = fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0
        return fclose(file) == 0 && isComplete
    }
}

extension Call<Greet> {
    fileprivate var file: String { "\(plugin.folder)/\(input.name).txt" }

    /// The same in every call of the step, so that what a crash leaves is found again.
    fileprivate var draft: String { "\(plugin.folder)/.\(runID)-\(stepNumber)" }
}
