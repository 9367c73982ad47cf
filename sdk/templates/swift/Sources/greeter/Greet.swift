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

    /// The same key may come twice, after a crash or an answer that got lost: look before you act.
    func execute(_ call: Call<Greet>) throws -> Output {
        let (server, http, key) = (call.plugin.server, try call.http, call.idempotencyKey)
        if let made = try server.greetings(key: key, http).first { return Output(made) }
        return Output(try server.make("Hello, \(call.input.name ?? "world")!", key: key, http))
    }

    /// Found by the key that execute had, whether or not execute came to its end.
    func compensate(_ call: Call<Greet>) throws {
        let (server, http) = (call.plugin.server, try call.http)
        for made in try server.greetings(key: call.executeKey, http) {
            try server.remove(made.id, http)
            call.log(.info, "took back a greeting", ["id": made.id])
        }
    }

    func probe(_ call: Call<Greet>) throws -> Finding<Output> {
        let made = try call.plugin.server.greetings(key: call.executeKey, call.http).first
        return made.map { .applied(Output($0)) } ?? .nothing
    }
}

extension Greet.Output {
    init(_ greeting: Greeting) {
        self.init(greeting_id: greeting.id, greeting: greeting.text)
    }
}
