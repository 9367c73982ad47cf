internal import CArcadiaPlugin
internal import SagaCore

/// The functions of a library that a host takes, by operation.
struct PluginFunctions {
    typealias Function =
        @convention(c) (OpaquePointer?, OpaquePointer?, UnsafePointer<arcadia_op>?) -> arcadia_status

    private(set) var plain: [String: arcadia_operation]
    private(set) var typed: [String: TypedFunction]
    private(set) var planned: [String: Function]

    /// What is not needed is not kept, so that nothing of this process can come to call it.
    func taken(for purpose: LoadPurpose) -> PluginFunctions {
        var taken = self
        switch purpose {
        case .work: taken.planned = [:]
        case .plan: (taken.plain, taken.typed) = ([:], [:])
        }
        return taken
    }

    /// Nil: there is none, or none was taken.
    func function(_ verb: StepVerb, of name: String) -> Function? {
        switch verb {
        case .execute: plain[name]?.execute
        case .compensate: plain[name]?.compensate
        case .probe: plain[name]?.probe
        case .plan: planned[name]
        }
    }
}

/// What a plugin is loaded for.
enum LoadPurpose: String, Sendable {
    /// To do what its operations do.
    case work
    /// To say what they would do: of its functions none but create and plan are taken, whatever it has.
    case plan
}
