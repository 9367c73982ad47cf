internal import CArcadiaPlugin
internal import CPluginHost
internal import Glibc
internal import SagaCore

/// A function of C that is an operation: JSON to its arguments, its result to JSON.
struct TypedFunction: @unchecked Sendable {
    typealias Function = @convention(c) () -> Void
    typealias Release = @convention(c) (UnsafeMutableRawPointer?) -> Void

    let signature: TypedSignature
    private let function: Function
    /// Takes back a text that the function returned; nil: it stays the plugin's.
    private let release: Release?
    private let shape: OpaquePointer

    init(_ signature: TypedSignature, function: @escaping Function, release: Release?) {
        self.signature = signature
        self.function = function
        self.release = release
        shape = signature.makeShape()
    }

    /// Calls the function on this thread. What cannot be passed to it fails the call without it.
    func perform(_ call: PluginCall, _ step: StepCall) -> arcadia_status {
        do throws(TypedMistake) {
            let handle = signature.takesCall ? UInt64(UInt(bitPattern: call.handle)) : nil
            let arguments = try TypedArguments(signature, leading: handle, with: step.with)
            return finish(call, enter(call, arguments))
        } catch {
            return Self.fail(call, StepError(code: "input", message: error.message, effect: .none))
        }
    }

    private func enter(_ call: PluginCall, _ arguments: TypedArguments) -> UInt64 {
        var result: UInt64 = 0
        _ = call.onThisThread {
            result = arguments.withWords { arcadia_shape_call(shape, function, $0) }
            return arcadia_status(ARCADIA_OK)
        }
        return result
    }

    private func finish(_ call: PluginCall, _ word: UInt64) -> arcadia_status {
        switch signature.result {
        case .status: return arcadia_status(truncatingIfNeeded: word)
        case .void: return status(of: call)
        case .value(let type, let name):
            do throws(TypedMistake) {
                // Read also where it does not count: a text has to be given back.
                let value = try TypedResult(word, type, name: name, release: release).value
                guard call.failure == nil else { return arcadia_status(ARCADIA_FAILED) }
                _ = call.setOutput([name: value])
                return arcadia_status(ARCADIA_OK)
            } catch {
                guard call.failure == nil else { return arcadia_status(ARCADIA_FAILED) }
                let code = StepError.HostCode.badOutput
                return Self.fail(call, StepError(code: code, message: error.message, effect: .applied))
            }
        }
    }

    /// A function that has no other way to say so has failed when it called fail().
    private func status(of call: PluginCall) -> arcadia_status {
        arcadia_status(call.failure == nil ? ARCADIA_OK : ARCADIA_FAILED)
    }

    private static func fail(_ call: PluginCall, _ error: StepError) -> arcadia_status {
        call.fail(error, retry: .no)
        return arcadia_status(ARCADIA_FAILED)
    }
}
