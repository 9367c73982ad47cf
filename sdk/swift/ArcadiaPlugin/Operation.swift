/// One operation of a plugin: a definition uses it as `<plugin id>.<name>`.
///
/// ```swift
/// struct Greet: Operation {
///     typealias Owner = Greeter
///     static let name = "greet"
///     struct Input: Decodable { var name: String }
///     struct Output: Codable { var greeting: String }
///
///     func execute(_ call: Call<Greet>) throws -> Output {
///         Output(greeting: "Hello, \(call.input.name)!")
///     }
/// }
/// ```
///
/// One value is made for every call; whatever must last lies in the plugin, in the checkpoint or in the world.
public protocol Operation<Owner>: SendableMetatype {
    /// The plugin it belongs to.
    associatedtype Owner: Plugin

    /// What the definition gives the step: `with`. The names of the properties are the keys of the JSON.
    associatedtype Input: Decodable

    /// What the step puts into the context: a JSON object. ``NoOutput`` where there is nothing.
    associatedtype Output: Codable

    /// What it must remember between calls, across crashes too: a JSON object.
    associatedtype Checkpoint: Codable & Sendable = NoCheckpoint

    /// As in plugin.json. eg: "greet"
    static var name: String { get }

    /// Without arguments: a `struct` without properties has it by itself.
    init()

    /// Does the step. After a crash it may be called again with the same key: look at the checkpoint, then at the
    /// world, then act. Throw ``Suspend`` to be called again later, ``StepFailure`` to fail, ``Cancelled`` to stop.
    func execute(_ call: Call<Self>) throws -> Output
}

/// An operation that can be taken back; `compensable` in plugin.json.
///
/// ```swift
/// extension Greet: Compensable {
///     func compensate(_ call: Call<Greet>) throws {
///         guard let id = call.result?.id ?? call.checkpoint?.id else { return }  // never came to the effect
///         try call.http.send(HTTPRequest(.delete, "https://api.example.com/greetings/\(id)"))
///     }
/// }
/// ```
public protocol Compensable<Owner>: Operation {
    /// Takes the step back, given `call.result` and `call.checkpoint`, either of which may be nil. What is not there any
    /// more is taken back. Called as often as it takes; a failure means that something is left and a person is told.
    func compensate(_ call: Call<Self>) throws
}

/// An operation that can say what became of an earlier call; `probeable` in plugin.json.
///
/// ```swift
/// extension Greet: Probeable {
///     func probe(_ call: Call<Greet>) throws -> Finding<Output> {
///         guard let found = try find(key: call.executeKey) else { return .nothing }
///         return .applied(Output(id: found.id))
///     }
/// }
/// ```
public protocol Probeable<Owner>: Operation {
    /// Changes nothing. Throw when it cannot be told now: the host asks again.
    func probe(_ call: Call<Self>) throws -> Finding<Output>
}

/// What a probe found in the world.
///
/// ```swift
/// return droplets.isEmpty ? .nothing : .applied(Output(id: droplets[0].id))
/// ```
public enum Finding<Output> {
    /// The step changed nothing that anybody else can see.
    case nothing
    /// It did some of its work, which is to be taken back.
    case partial
    /// It is done; this is what execute would have returned.
    case applied(Output)
}

extension Finding: Sendable where Output: Sendable {}
extension Finding: Equatable where Output: Equatable {}

/// The checkpoint of an operation that has none.
public struct NoCheckpoint: Codable, Sendable {
    /// Nothing to remember.
    public init() {}
}

/// The output of an operation that puts nothing into the context.
///
/// ```swift
/// func execute(_ call: Call<Ping>) throws -> NoOutput { NoOutput() }
/// ```
public struct NoOutput: Codable, Sendable {
    /// Nothing to put.
    public init() {}
}
