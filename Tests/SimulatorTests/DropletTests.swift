import Testing

@testable import Simulator

@Suite struct DropletTests {
    @Test func `a droplet is new and locked, then active without addresses, then active with them`() async throws {
        try await Provider.run { provider in
            let answer = try await provider.order()
            let droplet = try #require(answer["droplet"])
            let path = "/v2/droplets/\(try #require(droplet["id"]?.integer))"
            #expect(droplet["status"] == "new")
            #expect(droplet["locked"] == true)
            #expect(droplet.isNull("kernel") && droplet.isNull("next_backup_window"))
            #expect(answer["links"]?["actions"]?[0]?["rel"] == "create")

            // 12 s give or take a fifth; then 3 s more for the network.
            try await provider.advance(9.5)
            #expect(try await provider.get(path)["droplet"]?["status"] == "new")
            var seconds = 0
            while try await provider.get(path)["droplet"]?["status"] == "new", seconds < 60 {
                try await provider.advance(0.5)
                seconds += 1
            }
            let active = try await provider.get(path)["droplet"]
            #expect(active?["locked"] == false)
            #expect(active?["networks"]?["v4"] == [])

            try await provider.advance(4)
            let v4 = try await provider.get(path)["droplet"]?["networks"]?["v4"]
            #expect(v4?.array?.map { $0["type"] } == ["public", "private"])
        }
    }

    @Test func `the create action is in progress until the droplet is active and has no end before`() async throws {
        try await Provider.run { provider in
            let answer = try await provider.order()
            let id = try #require(answer["links"]?["actions"]?[0]?["id"]?.integer)
            let droplet = try #require(answer["droplet"]?["id"]?.integer)
            let before = try await provider.get("/v2/actions/\(id)")["action"]
            #expect(before?["status"] == "in-progress")
            #expect(before?.isNull("completed_at") == true)
            #expect(before?["started_at"] == "2026-01-15T12:00:00Z")
            try await provider.advance(30)
            let after = try await provider.get("/v2/droplets/\(droplet)/actions/\(id)")["action"]
            #expect(after?["status"] == "completed")
            #expect(after?["completed_at"]?.string?.hasSuffix("Z") == true)
            #expect(after?["resource_id"] == .integer(droplet))
        }
    }

    @Test func `a droplet does one thing at a time`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            let path = "/v2/droplets/\(id)/actions"
            try await provider.call("POST", path, ["type": "power_off"], status: 201)
            #expect(try await provider.get("/v2/droplets/\(id)")["droplet"]?["locked"] == true)
            let refusal = try await provider.call("POST", path, ["type": "snapshot", "name": "s"], status: 422)
            #expect(refusal["message"] == "Droplet already has a pending event.")
            #expect(refusal["id"] == "unprocessable_entity")
            try await provider.advance(5)
            #expect(try await provider.get("/v2/droplets/\(id)")["droplet"]?["status"] == "off")
            try await provider.call("POST", path, ["type": "snapshot", "name": "s"], status: 201)
        }
    }

    @Test func `a resize needs the power off, keeps the disk unless asked, and never makes it smaller`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            let path = "/v2/droplets/\(id)/actions"
            let small: JSON = ["type": "resize", "size": "s-1vcpu-2gb"]
            let refusal = try await provider.call("POST", path, small, status: 422)
            #expect(refusal["message"] == "Droplet is currently on. Please power it off to run this event.")
            try await provider.call("POST", path, ["type": "power_off"], status: 201)
            try await provider.advance(5)
            try await provider.call("POST", path, small, status: 201)
            try await provider.advance(30)
            var droplet = try await provider.get("/v2/droplets/\(id)")["droplet"]
            #expect(droplet?["size_slug"] == "s-1vcpu-2gb")
            #expect(droplet?["disk"] == 25)
            try await provider.call(
                "POST", path, ["type": "resize", "size": "s-2vcpu-4gb", "disk": true], status: 201)
            try await provider.advance(30)
            droplet = try await provider.get("/v2/droplets/\(id)")["droplet"]
            #expect(droplet?["disk"] == 80)
            let shrink = try await provider.call("POST", path, small, status: 422)
            #expect(shrink["message"] == "Size can not decrease size of Droplet's disk image")
        }
    }

    @Test func `powering off twice is refused in the words that clients look for`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            try await provider.call("POST", "/v2/droplets/\(id)/actions", ["type": "power_off"], status: 201)
            try await provider.advance(5)
            let refusal = try await provider.call(
                "POST", "/v2/droplets/\(id)/actions", ["type": "power_off"], status: 422)
            #expect(refusal["message"] == "Droplet is already powered off")
        }
    }

    @Test func `a deleted droplet is shown for some seconds, but cannot be deleted again`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            let deleted = await provider.send("DELETE", "/v2/droplets/\(id)")
            #expect(deleted.status == 204)
            #expect(deleted.body.isEmpty)
            try await provider.call("GET", "/v2/droplets/\(id)")
            try await provider.call("DELETE", "/v2/droplets/\(id)", status: 404)
            #expect(try await provider.count("droplets") == 0)
            try await provider.advance(5)
            try await provider.call("GET", "/v2/droplets/\(id)", status: 404)
            #expect(try await provider.get("/v2/droplets")["meta"]?["total"] == 0)
            let ever = try #require(try await provider.state()["droplets_ever_created"]?[0])
            #expect(ever["id"] == .integer(id))
            #expect(ever["deleted_at"]?.string != nil)
        }
    }

    @Test func `several names make several droplets, with an action each in the same order`() async throws {
        try await Provider.run { provider in
            let order: JSON = [
                "names": ["a-1", "a-2"], "size": "s-1vcpu-1gb", "image": 195_932_981, "tags": ["a"],
            ]
            let answer = try await provider.call("POST", "/v2/droplets", order, status: 202)
            let ids = answer["droplets"]?.array?.map { $0["id"]?.integer }
            let links = answer["links"]?["actions"]?.array?.compactMap { $0["id"]?.integer } ?? []
            #expect(links.count == 2)
            for (index, link) in links.enumerated() {
                #expect(try await provider.get("/v2/actions/\(link)")["action"]?["resource_id"]?.integer == ids?[index])
            }
            try await provider.call("DELETE", "/v2/droplets?tag_name=a", status: 204)
            #expect(try await provider.count("droplets") == 0)
        }
    }

    @Test(arguments: [
        ("size", JSON.string("huge"), "You specified an invalid size for Droplet creation."),
        ("size", "gpu-h100x1-80gb", "Size is not available in this region."),
        ("region", "mars1", "You specified an invalid region for Droplet creation."),
        ("region", "sfo1", "Region is not available"),
        ("image", "windows-95", "You specified an invalid image for Droplet creation."),
        ("name", "a b", "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)"),
    ])
    func `what cannot be ordered is refused with 422`(field: String, value: JSON, message: String) async throws {
        try await Provider.run { provider in
            let members = try #require(Provider.order("web-1").members)
            let order = JSON.object(members.map { $0.key == field ? .init(key: field, value: value) : $0 })
            let refusal = try await provider.call("POST", "/v2/droplets", order, status: 422)
            #expect(refusal["message"] == .string(message))
            #expect(try await provider.count("droplets_ever_created") == 0)
        }
    }

    @Test func `lists are narrowed by tag or by name, never by both`() async throws {
        try await Provider.run { provider in
            _ = try await provider.order("Web-1", tags: ["env:prod"])
            _ = try await provider.order("web-2")
            #expect(try await provider.get("/v2/droplets?name=WEB-1")["meta"]?["total"] == 1)
            #expect(try await provider.get("/v2/droplets?tag_name=env%3Aprod")["meta"]?["total"] == 1)
            #expect(try await provider.get("/v2/droplets?tag_name=env:prod")["droplets"]?[0]?["name"] == "Web-1")
            #expect(try await provider.get("/v2/droplets?type=gpus")["meta"]?["total"] == 0)
            try await provider.call("GET", "/v2/droplets?tag_name=a&name=b", status: 400)
        }
    }

    @Test func `a tag shows late when the simulator is told so`() async throws {
        try await Provider.run {
            $0.timing.tagLag = 10
        } _: { provider in
            let id = try #require(try await provider.order(tags: ["late"])["droplet"]?["id"]?.integer)
            #expect(try await provider.get("/v2/droplets?tag_name=late")["meta"]?["total"] == 0)
            try await provider.advance(10)
            #expect(try await provider.get("/v2/droplets/\(id)")["droplet"]?["tags"] == ["late"])
        }
    }

    @Test func `a thousand droplets are created at once, each once`() async throws {
        try await Provider.run { provider in
            await withTaskGroup { group in
                for worker in 0..<20 {
                    group.addTask {
                        for number in 0..<50 { _ = try? await provider.order("w-\(worker)-\(number)") }
                    }
                }
            }
            #expect(try await provider.count("droplets") == 1000)
            let first = try await provider.get("/v2/droplets?per_page=1000")
            #expect(first["droplets"]?.array?.count == 200)
            #expect(first["meta"]?["total"] == 1000)
        }
    }
}
