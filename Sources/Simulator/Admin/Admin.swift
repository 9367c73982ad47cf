/// `/admin`: the switches of the simulator, which the provider does not have.
enum Admin {
    static func answer(_ call: Call, _ world: inout World) -> Answer {
        do throws(ProviderError) {
            return .json(try reply(call, &world))
        } catch {
            return .error(error, requestID: call.requestID)
        }
    }

    private static func reply(_ call: Call, _ world: inout World) throws(ProviderError) -> JSON {
        let path = call.path.dropFirst()
        switch (call.method, path.first, path.count) {
        case ("GET", "state", 1): return world.account.state
        case ("GET", "requests", 1): return world.log.json
        case ("GET", "clock", 1): return ["now": call.now.json]
        case ("POST", "clock", 1): return try moveClock(call, &world)
        case ("GET", "faults", 1): return world.faults.json
        case ("PUT", "faults", 1): return try setFaults(call, &world)
        case ("DELETE", "faults", 1):
            world.faults = .none
            return world.faults.json
        case ("PUT", "tokens", 1): return try setTokens(call, &world)
        case ("POST", "seed", 1): return try AdminSeed.grow(&world.account, call)
        case ("POST", "reset", 1): return reset(call, &world)
        case ("PATCH", "droplets", 2): return try AdminDrift.change(&world.account, call)
        default: throw .notFound
        }
    }

    private static func moveClock(_ call: Call, _ world: inout World) throws(ProviderError) -> JSON {
        guard let seconds = try call.object()["advance_seconds"]?.double, seconds >= 0 else {
            throw .badRequest("advance_seconds must be a number of seconds that is not negative")
        }
        world.clock.advance(seconds: seconds)
        world.account.settle(at: world.clock.now)
        return ["now": world.clock.now.json]
    }

    private static func setFaults(_ call: Call, _ world: inout World) throws(ProviderError) -> JSON {
        do {
            world.faults = try FaultRules(parsing: call.body)
        } catch {
            throw .badRequest(error.text)
        }
        return world.faults.json
    }

    /// `{"TOKEN": "droplet:read,tag:read", …}`; tokens that are not named may do everything again.
    private static func setTokens(_ call: Call, _ world: inout World) throws(ProviderError) -> JSON {
        var tokens: [String: Grant] = [:]
        for member in try call.object().members ?? [] {
            guard let scopes = member.value.string else {
                throw .badRequest("the scopes of a token are a text such as \"droplet:read,tag:read\"")
            }
            tokens[member.key] = Grant(scopes)
        }
        world.tokens = tokens
        return ["tokens": .integer(tokens.count)]
    }

    private static func reset(_ call: Call, _ world: inout World) -> JSON {
        world.reset(dropletLimit: JSON(parsing: call.body)?["droplet_limit"]?.integer)
        return world.account.state
    }
}
