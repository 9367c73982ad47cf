import Testing

@testable import Simulator

@Suite struct AdminTests {
    @Test func `asking for the state changes nothing in it`() async throws {
        try await Provider.run { provider in
            try await provider.call("POST", "/admin/seed", ["droplets": 3, "snapshots": 2, "volumes": 2, "backups": 1])
            let state = try await provider.state()
            #expect(state["counts"]?["droplets"] == 3)
            #expect(state["counts"]?["snapshots"] == 3)
            #expect(state["counts"]?["volumes"] == 2)
            let again = try await provider.state()
            #expect(again == state)
        }
    }

    @Test func `a change behind the client's back shows in its next read`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            try await provider.call(
                "PATCH", "/admin/droplets/\(id)",
                ["size_slug": "s-2vcpu-4gb", "name": "renamed", "tags": ["by-hand"], "status": "off"])
            let droplet = try await provider.get("/v2/droplets/\(id)")["droplet"]
            #expect(droplet?["size_slug"] == "s-2vcpu-4gb")
            #expect(droplet?["memory"] == 4096)
            #expect(droplet?["name"] == "renamed")
            #expect(droplet?["tags"] == ["by-hand"])
            #expect(droplet?["status"] == "off")
        }
    }

    @Test func `a reset leaves an empty account with another limit`() async throws {
        try await Provider.run { provider in
            _ = try await provider.runningDroplet()
            try await provider.call("POST", "/admin/reset", ["droplet_limit": 1])
            #expect(try await provider.count("droplets_ever_created") == 0)
            _ = try await provider.order()
            let refusal = try await provider.call("POST", "/v2/droplets", Provider.order("two"), status: 422)
            #expect(refusal["message"] == "creating this/these droplet(s) will exceed your droplet limit")
            #expect(try await provider.get("/v2/account")["account"]?["droplet_limit"] == 1)
        }
    }

    @Test func `a port that is taken is a clear refusal`() async throws {
        try await Provider.run { provider in
            var configuration = SimulatorConfiguration()
            configuration.port = provider.simulator.port
            let error = try await #require(throws: SimulatorError.self) {
                _ = try await Simulator.start(configuration)
            }
            #expect(error.message.contains("\(configuration.port)"))
            #expect(error.message.contains("in use"))
        }
    }

    @Test func `the same seed gives the same ids`() async throws {
        var ids: [Int?] = []
        for seed: UInt64 in [3, 3, 4] {
            try await Provider.run {
                $0.seed = seed
            } _: { provider in
                ids.append(try await provider.order()["droplet"]?["id"]?.integer)
            }
        }
        #expect(ids[0] == ids[1])
        #expect(ids[0] != ids[2])
    }

    @Test func `dates are those of the calendar`() {
        #expect(Moment(year: 2024, month: 2, day: 29).text == "2024-02-29T00:00:00Z")
        #expect(Moment(seconds: 1_795_250_828).text == "2026-11-21T08:47:08Z")
        #expect(CalendarMonth(year: 2024, month: 2).hours == 696)
        #expect(CalendarMonth(year: 2025, month: 12).next.text == "2026-01")
    }
}
