/// An operation that can say what it would do, without doing it; `plannable` in plugin.json.
///
/// ```swift
/// extension Greet: Plannable {
///     func plan(_ call: Call<Greet>) throws -> Forecast {
///         Forecast(.init(.create, "greeting", name: call.input.name))
///     }
/// }
/// ```
public protocol Plannable<Owner>: Operation {
    /// Changes nothing, and cannot: it runs in a process of its own, which may write no file, and through ``HostCall/http``
    /// only GET and HEAD are made. There is no checkpoint, no result and no key. What `execute` would surely refuse is
    /// best refused here, by throwing ``StepFailure`` with `.input`.
    func plan(_ call: Call<Self>) throws -> Forecast
}

/// What an operation would make, change or delete.
public struct Forecast: Encodable, Sendable {
    /// What it touches, and nothing else.
    public var resources: [Resource]
    /// What a person should know of it, a sentence each.
    public var notes: [String]

    /// Of these resources.
    public init(_ resources: Resource..., notes: [String] = []) {
        self.resources = resources
        self.notes = notes
    }

    /// What becomes of a resource.
    public enum Action: String, Encodable, Sendable {
        /// It is new.
        case create
        /// It is there, and will be another.
        case change
        /// It is there, and will not be.
        case delete
    }

    /// Something in the world.
    public struct Resource: Encodable, Sendable {
        /// What becomes of it.
        public var action: Action
        /// eg: "droplet"
        public var kind: String
        /// What people call it.
        public var name: String?
        /// What the other side calls it.
        public var id: String?
        /// Where it is.
        public var region: String?
        /// How large it is.
        public var size: String?
        /// What it costs a month from then on, as decimal text; of what is deleted, what it costs no more. eg: "6.00"
        public var monthly: String?
        /// eg: "USD"
        public var currency: String?
        /// The day the price was true. eg: "2026-11-20"
        public var as_of: String?

        /// Without a price: set `monthly`, `currency` and `as_of` together, where it is known.
        public init(
            _ action: Action, _ kind: String, name: String? = nil, id: String? = nil, region: String? = nil,
            size: String? = nil
        ) {
            (self.action, self.kind, self.name, self.id) = (action, kind, name, id)
            (self.region, self.size) = (region, size)
        }
    }
}
