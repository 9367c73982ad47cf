import ArcadiaTesting
import Foundation
import Glibc
import SagaCore
import Testing

/// Who follows everything that happens on the real server, with two tenants' things on it: the bytes that arrive.
@Suite struct TenantEventsTests {
    private let arcadia = Arcadia()
    private let account = SimulatedAccount()

    /// What came over a stream so far, without the framing of the wire.
    private final class Follower {
        let name: String
        private let wire: Wire
        private(set) var text = ""

        init(_ server: ServedArcadia, _ role: String, _ tenant: String?, after id: String? = nil) throws {
            name = "\(role) of \(tenant ?? "all")"
            wire = try #require(Wire(port: server.port))
            let headers = [server.authorization(role, tenant: tenant)] + (id.map { [("Last-Event-ID", $0)] } ?? [])
            wire.send(Wire.request("GET", "/api/v1/events", headers))
            try #require(wire.head()?.status == 200)
        }

        /// Reads on until this has come.
        func read(until wanted: String) throws {
            while !text.contains(wanted) { text += try #require(wire.chunk(), "\(name): \(text.suffix(500))") }
        }

        /// The id of the first event that has one.
        var firstID: String? {
            text.split(separator: "\n").first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
        }
    }

    /// A droplet of each tenant in a project of its own; neither is as it was to be.
    private func droplets() throws -> [String: String] {
        let config: JSONValue = ["digitalocean": ["base_url": .string(account.url), "requests_per_minute": 0]]
        _ = arcadia.folder.file("data/config.json", config.text)
        for purpose in ["provisioning", "sync"] {
            chmod(arcadia.folder.file("data/credentials/digitalocean.\(purpose)", "a-token-of-nobody\n"), 0o600)
        }
        for folder in ["data", "data/credentials"] { chmod(arcadia.folder.path + "/" + folder, 0o700) }
        var ids: [String: String] = [:]
        for tenant in ["acme", "umbra"] {
            let order =
                #"{"name": "\#(tenant)-web", "region": "nyc3", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}"#
            let droplet = try #require(account.ask("POST", "/v2/droplets", order)["droplet"]?["id"]?.intValue)
            let project = #"{"name": "\#(tenant)-project", "purpose": "web"}"#
            let made = try #require(account.ask("POST", "/v2/projects", project)["project"]?["id"]?.stringValue)
            let moved = account.ask(
                "POST", "/v2/projects/\(made)/resources", #"{"resources": ["do:droplet:\#(droplet)"]}"#)
            try #require(moved["resources"] != nil, "\(moved.text)")
            ids[tenant] = "digitalocean:droplet:\(droplet)"
        }
        try #require(arcadia("inventory", "sync").code == 0)
        for tenant in ["acme", "umbra"] {
            try #require(arcadia("projects", "assign", tenant + "-project", "--tenant", tenant).code == 0)
        }
        return ids
    }

    /// Everything that a tenant can have happen: a definition, runs that end well and badly, drift and what is decided of it.
    ///
    /// - Returns: the ids of its runs.
    private func happenings(_ server: ServedArcadia, _ tenant: String, _ droplet: String) throws -> [String] {
        func post(_ path: String, _ body: JSONValue, as role: String = "operator") throws -> JSONValue {
            let answer = try #require(
                server.ask("POST", "/api/v1/" + path, as: role, tenant: tenant, body: body.text))
            try #require((200..<300).contains(answer.status), "\(path): \(answer.body)")
            return answer.json
        }
        let saga = #"{ "saga": "\#(tenant)_trip", "steps": ["core.echo"] }"#
        _ = try post("definitions", ["text": .string(saga)], as: "tenant_admin")
        let good = try post(
            "runs", ["definition": .object(["saga": .string(tenant + "_good"), "steps": ["core.echo"]])])
        let bad = try post(
            "runs", ["definition": .object(["saga": .string(tenant + "_bad"), "steps": ["core.echo", "core.fail"]])])
        _ = server.ask(
            "POST", "/api/v1/schedules/drift/pause", as: "platform_admin", tenant: tenant,
            body: #"{"reason": "for a while"}"#)
        #expect(arcadia("provisioned", "set", droplet, "size_slug=s-4vcpu-8gb", "region=moon1").code == 0)
        #expect(arcadia("drift", "check").code == 2)
        let drift = server.ask("GET", "/api/v1/drift?field=region", as: "platform_admin", tenant: tenant)?.json
        let number = try #require(drift?["drift"]?.arrayValue?.first?["drift_id"]?.intValue)
        _ = try post("drift/\(number)/ignore", ["reason": "for a while"], as: "platform_admin")
        return [good.text("run_id"), bad.text("run_id")]
    }

    private func last(_ server: ServedArcadia, _ tenant: String) throws {
        let body = #"{ "definition": { "saga": "\#(tenant)_last", "steps": ["core.echo"] } }"#
        try #require(server.ask("POST", "/api/v1/runs", as: "operator", tenant: tenant, body: body)?.status == 201)
    }

    @Test func `who follows one tenant's events never gets a byte of another tenant's things`() throws {
        let droplets = try droplets()
        let server = ServedArcadia(arcadia)
        let acmes = try ["viewer", "operator", "tenant_admin", "platform_admin"].map {
            try Follower(server, $0, "acme")
        }
        let all = try Follower(server, "platform_admin", nil)
        let umbras = try happenings(server, "umbra", droplets["umbra"]!)
        let runs = try happenings(server, "acme", droplets["acme"]!)
        // Drift is looked at less often than runs: who may see it has seen it before the last run begins.
        for follower in [all, acmes[3]] { try follower.read(until: #""resource_id":"\#(droplets["acme"]!)""#) }
        try all.read(until: #""resource_id":"\#(droplets["umbra"]!)""#)
        try last(server, "umbra")
        try last(server, "acme")
        let foreign = ["umbra", droplets["umbra"]!] + umbras
        for follower in acmes + [all] {
            try follower.read(until: "acme_last")
            for run in runs { #expect(follower.text.contains(run), "\(follower.name)") }
        }
        for id in foreign + ["umbra_bad", "umbra_last", "umbra-web"] { #expect(all.text.contains(id), "\(id)") }
        for follower in acmes {
            for id in foreign { #expect(!follower.text.contains(id), "\(follower.name) got \(id)") }
        }
        // Who comes back is told what he missed, and that is his own, too.
        let again = try Follower(server, "viewer", "acme", after: all.firstID)
        try again.read(until: "acme_last")
        #expect(again.text.contains(runs[1]))
        for id in foreign { #expect(!again.text.contains(id), "after coming back: \(id)") }
    }
}
