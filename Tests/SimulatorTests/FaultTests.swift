import Testing

@testable import Simulator

@Suite struct FaultTests {
    private static func rule(_ fault: String, _ settings: [JSON.Member] = []) -> JSON {
        let rule: JSON = ["path": "/v2/droplets", "fault": .string(fault), "count": 1]
        return [rule.with(settings)]
    }

    @Test(arguments: [("status_429", 429), ("status_500", 500), ("status_503", 503), ("droplet_limit", 422)])
    func `a refusal is in place of the work, and only as often as it was planned`(fault: String, status: Int)
        async throws
    {
        try await Provider.run { provider in
            try await provider.plan(Self.rule(fault, [.init(key: "retry_after", value: 7)]))
            let exchange = await provider.send("POST", "/v2/droplets", Provider.order("web"))
            #expect(exchange.status == status)
            #expect(exchange.headers["retry-after"] == (status == 429 ? "7" : nil))
            #expect(try await provider.count("droplets_ever_created") == 0)
            _ = try await provider.order()
        }
    }

    @Test func `a reset before the work changes nothing`() async throws {
        try await Provider.run { provider in
            try await provider.plan(Self.rule("reset_before"))
            let exchange = await provider.send("POST", "/v2/droplets", Provider.order("web"))
            #expect(exchange.status == nil)
            #expect(exchange.end == .reset)
            #expect(try await provider.count("droplets_ever_created") == 0)
        }
    }

    @Test func `a reset after the work hides that it was done`() async throws {
        try await Provider.run { provider in
            try await provider.plan(Self.rule("reset_after"))
            let exchange = await provider.send("POST", "/v2/droplets", Provider.order("web"))
            #expect(exchange.status == nil)
            #expect(exchange.end == .reset)
            #expect(try await provider.count("droplets") == 1)
        }
    }

    @Test func `a lost reply ends the connection in order, without a word`() async throws {
        try await Provider.run { provider in
            try await provider.plan(Self.rule("lost_reply"))
            let exchange = await provider.send("POST", "/v2/droplets", Provider.order("web"))
            #expect(exchange.status == nil)
            #expect(exchange.end == .closed)
            #expect(try await provider.count("droplets") == 1)
            let log = try await provider.get("/admin/requests")
            #expect(log["by_fault"] == ["lost_reply": 1])
            #expect(log["requests"]?[0]?.isNull("status") == true)
        }
    }

    @Test func `a slow answer comes late, and comes`() async throws {
        try await Provider.run { provider in
            try await provider.plan(Self.rule("slow", [.init(key: "seconds", value: .decimal("0.05"))]))
            let clock = ContinuousClock()
            let time = try await clock.measure { _ = try await provider.get("/v2/droplets") }
            #expect(time >= .milliseconds(50))
        }
    }

    @Test func `an action that errs leaves the droplet as it was and free again`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            try await provider.plan([["path": "/v2/droplets/*/actions", "fault": "action_errored"]])
            let begun = try await provider.call(
                "POST", "/v2/droplets/\(id)/actions", ["type": "power_off"], status: 201)
            try await provider.advance(10)
            let action = try #require(begun["action"]?["id"]?.integer)
            #expect(try await provider.get("/v2/actions/\(action)")["action"]?["status"] == "errored")
            let droplet = try await provider.get("/v2/droplets/\(id)")["droplet"]
            #expect(droplet?["status"] == "active")
            #expect(droplet?["locked"] == false)
        }
    }

    @Test func `a create that errs takes its droplet away`() async throws {
        try await Provider.run { provider in
            try await provider.plan(Self.rule("action_errored"))
            let id = try await provider.runningDroplet()
            try await provider.call("GET", "/v2/droplets/\(id)", status: 404)
            #expect(try await provider.count("droplets") == 0)
        }
    }

    @Test func `an action that is stuck never ends`() async throws {
        try await Provider.run { provider in
            try await provider.plan(Self.rule("action_stuck"))
            let answer = try await provider.order()
            try await provider.advance(1_000_000)
            let action = try #require(answer["links"]?["actions"]?[0]?["id"]?.integer)
            #expect(try await provider.get("/v2/actions/\(action)")["action"]?["status"] == "in-progress")
        }
    }

    @Test func `a new droplet is not found for some seconds, or for some reads`() async throws {
        try await Provider.run { provider in
            try await provider.plan([
                ["method": "POST", "fault": "not_found_after_create", "seconds": 3, "count": 1],
                ["method": "POST", "fault": "not_found_after_create", "times": 2, "count": 1],
            ])
            let first = try #require(try await provider.order()["droplet"]?["id"]?.integer)
            try await provider.call("GET", "/v2/droplets/\(first)", status: 404)
            try await provider.advance(3)
            try await provider.call("GET", "/v2/droplets/\(first)")
            let second = try #require(try await provider.order()["droplet"]?["id"]?.integer)
            try await provider.call("GET", "/v2/droplets/\(second)", status: 404)
            try await provider.call("GET", "/v2/droplets/\(second)", status: 404)
            try await provider.call("GET", "/v2/droplets/\(second)")
        }
    }

    @Test func `a list is cut with the length of the cut, or ends before its announced length`() async throws {
        try await Provider.run { provider in
            let whole = await provider.send("GET", "/v2/droplets").body.count
            try await provider.plan(Self.rule("truncated_page"))
            let cut = await provider.send("GET", "/v2/droplets")
            #expect(cut.status == 200)
            #expect(cut.body.count == whole / 2)
            #expect(cut.headers["content-length"] == String(whole / 2))
            #expect(JSON(parsing: cut.body) == nil)
            try await provider.plan(Self.rule("truncated_page", [.init(key: "closes_early", value: true)]))
            let early = await provider.send("GET", "/v2/droplets")
            #expect(early.headers["content-length"] == String(whole))
            #expect(early.body.count == whole / 2)
        }
    }

    @Test func `a list is empty, or no JSON, although the droplet exists`() async throws {
        try await Provider.run { provider in
            _ = try await provider.runningDroplet()
            try await provider.plan(Self.rule("empty_list"))
            let empty = try await provider.get("/v2/droplets")
            #expect(empty["droplets"] == [])
            #expect(empty["meta"]?["total"] == 0)
            try await provider.plan(Self.rule("malformed_json"))
            let malformed = await provider.send("GET", "/v2/droplets")
            #expect(malformed.status == 200)
            #expect(JSON(parsing: malformed.body) == nil)
            #expect(try await provider.get("/v2/droplets")["meta"]?["total"] == 1)
        }
    }

    @Test func `a rule lets the first requests pass, and strikes as often as its probability says`() async throws {
        try await Provider.run { provider in
            try await provider.plan([["path": "/v2/**", "fault": "status_500", "after": 2, "count": 1]])
            var statuses: [Int?] = []
            for _ in 0..<4 { statuses.append(await provider.send("GET", "/v2/tags").status) }
            #expect(statuses == [200, 200, 500, 200])
            try await provider.plan([["path": "/v2/tags", "fault": "status_500", "probability": .decimal("0.5")]])
            var struck = 0
            for _ in 0..<100 where await provider.send("GET", "/v2/tags").status == 500 { struck += 1 }
            #expect((20...80).contains(struck))
            try await provider.call("DELETE", "/admin/faults")
            try await provider.call("GET", "/v2/tags")
        }
    }

    @Test(arguments: [
        (#"[{"fault": "status_500"}, {"fault": "explode"}]"#, "entry 2 of the faults names the fault \"explode\""),
        (#"[{"path": "/v2"}]"#, "entry 1 of the faults names no \"fault\""),
        (#"[{"fault": "slow", "pth": "/v2"}]"#, "entry 1 of the faults has a setting \"pth\""),
        (#"[{"fault": "slow", "count": -1}]"#, "entry 1 of the faults has a \"count\""),
        ("[", "the faults are not JSON"),
    ])
    func `a file of faults that is wrong is refused with the entry`(text: String, beginning: String) throws {
        var configuration = SimulatorConfiguration()
        let error = try #require(throws: SimulatorError.self) {
            try configuration.plan(faults: Array(text.utf8))
        }
        #expect(error.message.hasPrefix(beginning), "\(error.message)")
    }
}
