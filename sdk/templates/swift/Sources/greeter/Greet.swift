import ArcadiaPlugin

/// Makes one greeting.
struct Greet: Operation, Compensable, Probeable {
    typealias Owner = Greeter
    static let name = "greet"

    struct Input: Decodable { var name: String? }

    struct Output: Codable {
        var greeting_id: Int
        var greeting: String
    }

    /// A request that was made and not answered: its greeting may still come.
    struct Checkpoint: Codable, Sendable { var asked: Asked? }

    /// The same key may come twice, after a crash or an answer that got lost: look before you act, and do not believe at
    /// once that nothing is there.
    func execute(_ call: Call<Greet>) throws -> Output {
        let (server, http, key) = (call.plugin.server, try call.http, call.idempotencyKey)
        let mayStillShow = call.mayStillShow
        if let made = try server.greetings(key: key, http).first { return Output(made) }
        if mayStillShow { throw Suspend(after: .seconds(1)) }
        try call.save(Checkpoint(asked: .now), effectSoFar: .none)
        do {
            return Output(try server.make("Hello, \(call.input.name ?? "world")!", key: key, http))
        } catch let failure as HTTPFailure where !failure.wasSent {
            try call.save(Checkpoint(), effectSoFar: .none)
            throw failure.with(effect: .none)
        }
    }

    /// Found by the key that execute had, whether or not execute came to its end.
    func compensate(_ call: Call<Greet>) throws {
        let (server, http) = (call.plugin.server, try call.http)
        let mayStillShow = call.mayStillShow && call.result == nil
        let made = try server.greetings(key: call.executeKey, http)
        for greeting in made {
            try server.remove(greeting.id, http)
            call.log(.info, "took back a greeting", ["id": greeting.id])
        }
        if made.isEmpty, mayStillShow { throw Suspend(after: .seconds(1)) }
    }

    func probe(_ call: Call<Greet>) throws -> Finding<Output> {
        let mayStillShow = call.mayStillShow
        let made = try call.plugin.server.greetings(key: call.executeKey, call.http).first
        if made == nil, mayStillShow { throw Suspend(after: .seconds(1)) }
        return made.map { .applied(Output($0)) } ?? .nothing
    }
}

extension Call<Greet> {
    /// Ask before you look: what shows between the two is seen by the next look.
    fileprivate var mayStillShow: Bool { checkpoint?.asked?.mayStillShow(within: .seconds(10)) ?? false }
}

extension Greet.Output {
    init(_ greeting: Greeting) {
        self.init(greeting_id: greeting.id, greeting: greeting.text)
    }
}
