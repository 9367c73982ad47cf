import Testing

@testable import Simulator

@Suite struct ErrorTests {
    @Test func `without a token, and with one that was revoked, everything is 401`() async throws {
        try await Provider.run {
            $0.restrict(token: "old", to: "revoked")
        } _: { provider in
            for token in [nil, "old"] {
                var stranger = provider
                stranger.token = token
                let refusal = try await stranger.call("GET", "/v2/droplets", status: 401)
                #expect(refusal["id"] == "unauthorized")
                #expect(refusal["message"] == "Unable to authenticate you")
            }
        }
    }

    @Test func `a token without the scope is refused with 403, and nothing happens`() async throws {
        try await Provider.run {
            $0.restrict(token: "reader", to: "droplet:read, billing:read")
        } _: { provider in
            var reader = provider
            reader.token = "reader"
            try await reader.call("GET", "/v2/droplets")
            try await reader.call("GET", "/v2/droplets?tag_name=a", status: 403)
            let refusal = try await reader.call("POST", "/v2/droplets", Provider.order("web"), status: 403)
            #expect(refusal["id"] == "Forbidden")
            #expect(refusal["message"] == "You are not authorized to perform this operation")
            #expect(try await provider.count("droplets_ever_created") == 0)
            try await provider.call("PUT", "/admin/tokens", [:])
            try await reader.call("POST", "/v2/droplets", Provider.order("web"), status: 202)
        }
    }

    @Test func `an error carries the id of its request`() async throws {
        try await Provider.run { provider in
            let exchange = await provider.send("GET", "/v2/droplets/999")
            #expect(exchange.status == 404)
            let body = try #require(JSON(parsing: exchange.body))
            #expect(body["id"] == "not_found")
            #expect(body["message"] == "The resource you were accessing could not be found.")
            #expect(body["request_id"]?.string == exchange.headers["x-request-id"])
            #expect(exchange.headers["content-type"] == "application/json; charset=utf-8")
            #expect(exchange.headers["ratelimit-limit"] == "5000")
        }
    }

    @Test func `a bad tag has a body of its own`() async throws {
        try await Provider.run { provider in
            let refusal = try await provider.call("POST", "/v2/tags", ["name": "a b"], status: 400)
            #expect(refusal["error"] == "bad_request")
            #expect(refusal["root_causes"] == [])
        }
    }

    @Test func `what is no JSON is 400, and what is no path is 404`() async throws {
        try await Provider.run { provider in
            let exchange = await HTTPClient.send(
                "POST", "/v2/droplets", port: provider.simulator.port, headers: ["Authorization": "Bearer t"],
                body: "{\"name\": ")
            #expect(exchange.status == 400)
            try await provider.call("GET", "/v2/nothing", status: 404)
            try await provider.call("GET", "/v2/droplets/seven", status: 404)
            try await provider.call("PUT", "/v2/droplets", status: 405)
        }
    }
}
