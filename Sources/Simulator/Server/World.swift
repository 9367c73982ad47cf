/// The provider and what stands between it and its clients: tokens, limits, faults. One request at a time.
struct World: Sendable {
    let configuration: SimulatorConfiguration
    var clock: VirtualClock
    var account: Account
    var faults: FaultRules
    var tokens: [String: Grant]
    var log = RequestLog()
    private var limits: [String: RateLimit] = [:]
    private var faultRandom: SeededRandom
    private var requestRandom: SeededRandom

    init(_ configuration: SimulatorConfiguration) {
        self.configuration = configuration
        clock = VirtualClock(configuration.clock)
        account = Account(
            timing: configuration.timing, seed: configuration.seed, dropletCapacity: configuration.dropletLimit,
            now: clock.now)
        faults = configuration.faults
        tokens = configuration.tokens
        faultRandom = SeededRandom(seed: configuration.seed, part: "faults")
        requestRandom = SeededRandom(seed: configuration.seed, part: "requests")
    }

    mutating func answer(_ arrival: Arrival) -> Outcome {
        let call = arrival.call(requestID: requestRandom.uuid(), now: clock.now)
        account.settle(at: call.now)
        if call.path.first == "admin" { return Outcome(answer: Admin.answer(call, &self)) }
        var limit = RateLimit.Reading(reset: call.now.seconds + 3600)
        var rule: FaultRule?
        var outcome: Outcome
        var operation = "none"
        do throws(ProviderError) {
            let grant = try authenticate(call)
            try admit(call, &limit)
            rule = faults.next(for: call, &faultRandom)
            outcome = try perform(call, grant, rule?.fault, &operation)
        } catch {
            outcome = Outcome(answer: .error(error, requestID: call.requestID))
        }
        finish(&outcome, call, limit)
        log.add(
            arrival, operation: operation, status: outcome, fault: rule?.title, requestID: call.requestID,
            at: call.now)
        return outcome
    }

    private func authenticate(_ call: Call) throws(ProviderError) -> Grant {
        guard let token = call.token else { throw .unauthorized }
        let grant = tokens[token] ?? .everything
        guard grant != .revoked else { throw .unauthorized }
        return grant
    }

    private mutating func admit(_ call: Call, _ reading: inout RateLimit.Reading) throws(ProviderError) {
        guard configuration.isRateLimited, let token = call.token else { return }
        do throws(ProviderError) {
            try limits[token, default: RateLimit()].admit(at: call.now)
            reading = limits[token, default: RateLimit()].reading(at: call.now, isBurst: false)
        } catch {
            reading = limits[token, default: RateLimit()].reading(at: call.now, isBurst: true)
            throw error
        }
    }

    private mutating func perform(_ call: Call, _ grant: Grant, _ fault: Fault?, _ operation: inout String)
        throws(ProviderError) -> Outcome
    {
        if let refusal = fault?.refusal { throw refusal }
        if fault == .resetBefore { return Outcome(answer: .nothing, delivery: .reset) }
        let route = try RouteTable.provider.route(call.method, call.path)
        operation = route.title
        var call = fault?.bend(call) ?? call
        call.grant = grant
        try call.require(route.scope)
        let answer = try route.handle(&account, call)
        return fault?.spoil(answer) ?? Outcome(answer: answer)
    }

    private func finish(_ outcome: inout Outcome, _ call: Call, _ limit: RateLimit.Reading) {
        outcome.answer.headers["ratelimit-limit"] = String(RateLimit.perHour)
        outcome.answer.headers["ratelimit-remaining"] = String(limit.remaining)
        outcome.answer.headers["ratelimit-reset"] = String(limit.reset)
        outcome.answer.headers["x-request-id"] = call.requestID
        outcome.answer.headers["x-gateway"] = "Edge-Gateway"
    }

    /// Everything as it was at the start; the clock goes on.
    mutating func reset(dropletLimit: Int?) {
        account = Account(
            timing: configuration.timing, seed: configuration.seed,
            dropletCapacity: dropletLimit ?? configuration.dropletLimit, now: clock.now)
        faults = configuration.faults
        tokens = configuration.tokens
        limits = [:]
        log = RequestLog()
        faultRandom = SeededRandom(seed: configuration.seed, part: "faults")
    }
}
