/// What runs in `arcadia dev`: each shows one thing that can become of a run.
enum DevDefinitions {
    /// Waits for a person between two steps. The first version did not ask anybody.
    static let releaseWithoutApproval = #"""
        {
          "saga": "release", "version": "1", "description": "Put a build on the web servers.",
          "inputs": { "type": "object", "additionalProperties": false,
            "properties": { "build": { "type": "string", "default": "2026.11" } } },
          "steps": [
            { "id": "built", "uses": "core.set", "with": { "values": { "build": "${ .inputs.build }" } } },
            { "id": "rolled_out", "uses": "core.echo", "with": { "message": "web-1, web-2, web-3" } }
          ]
        }

        """#

    static let release = #"""
        {
          "saga": "release", "version": "2", "description": "Put a build on the web servers, once somebody has approved it.",
          "inputs": { "type": "object", "additionalProperties": false,
            "properties": { "build": { "type": "string", "default": "2026.11" } } },
          "steps": [
            { "id": "built", "uses": "core.set", "with": { "values": { "build": "${ .inputs.build }" } } },
            { "id": "approved", "uses": "host.wait_signal", "with": { "name": "approve" } },
            { "id": "rolled_out", "uses": "core.echo", "with": { "message": "web-1, web-2, web-3" } }
          ]
        }

        """#

    /// Sleeps without a thread.
    static let nightlyReport = #"""
        {
          "saga": "nightly_report", "version": "1", "description": "Gather numbers, wait for the night, send them.",
          "steps": [
            { "id": "gathered", "uses": "core.set", "with": { "values": { "orders": 128, "refunds": 3 } } },
            { "id": "night", "uses": "core.sleep", "with": { "seconds": 28800 } },
            { "id": "sent", "uses": "core.echo", "with": { "message": "128 orders, 3 refunds" } }
          ]
        }

        """#

    /// Needs a second try, and is begun by a schedule every minute.
    static let smokeTest = #"""
        {
          "saga": "smoke_test", "version": "1", "description": "Ask the shop for a page, twice if need be.",
          "steps": [
            { "id": "opened", "uses": "core.echo", "with": { "message": "the shop" } },
            { "id": "answered", "uses": "core.fail",
              "with": { "message": "the shop answered 502", "code": "network", "retry": true, "succeed_on_attempt": 2 },
              "retry": { "max_attempts": 3, "initial_seconds": 3 } },
            { "id": "rested", "uses": "core.sleep", "with": { "seconds": 5 } },
            { "id": "noted", "uses": "core.echo", "with": { "message": "fine, the second time" } }
          ]
        }

        """#

    /// Makes a droplet and then fails; the provider does not let the droplet go, so a person is needed.
    static let campaign = #"""
        {
          "saga": "campaign", "version": "1", "description": "A server for a campaign, and a newsletter about it.",
          "inputs": { "type": "object", "additionalProperties": false,
            "properties": { "name": { "type": "string", "default": "campaign-1" } } },
          "steps": [
            { "id": "noted", "uses": "core.echo", "with": { "message": "the campaign begins" } },
            { "id": "droplet", "uses": "digitalocean.create_droplet",
              "with": { "name": "${ .inputs.name }", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64", "region": "fra1" },
              "compensation": { "retry": { "max_attempts": 2, "initial_seconds": 0.5 } } },
            { "id": "newsletter", "uses": "core.fail",
              "with": { "message": "the newsletter service does not answer", "code": "network" } }
          ]
        }

        """#
}
