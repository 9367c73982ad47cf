import CloudControl
import SagaCore

/// An account in memory, behind the interface of a provider's adapter. Every call can be made to fail.
final class FakeAccount: ProviderAdapter, @unchecked Sendable {
    let provider: String
    var resources: [ProviderResource] = []
    /// There, but in no list.
    var hidden: Set<String> = []
    var projects: [(id: String, name: String, members: [(kind: String, id: String)])] = []
    var pageSize = 2
    /// Says how many there are with every page.
    var saysTotal = true
    /// By the number of the call, from 1, counted from the last `calls = []`.
    var failures: [Int: AdapterFailure] = [:]
    /// Changes an answer on its way.
    var mangle: (_ call: String, JSONObject) -> JSONObject = { $1 }
    private(set) var calls: [String] = []

    static let kinds = ["droplet", "snapshot", "volume"].map {
        InventoryKind(kind: $0, operation: "inventory.\($0)s")
    }

    init(provider: String = "digitalocean", _ resources: [ProviderResource] = []) {
        self.provider = provider
        self.resources = resources
    }

    func forgetCalls() { calls = [] }

    func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        calls.append("\(operation) \(JSONValue.object(input).text)")
        if let failure = failures[calls.count] { throw failure }
        return mangle(calls[calls.count - 1], try answer(operation, input))
    }

    private func answer(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        switch operation {
        case "projects.list": return ["projects": .array(projects.map { Self.json($0.id, $0.name) })]
        case "projects.ensure": return ensure(input["name"]?.stringValue ?? "")
        case "projects.resources": return members(input["project_id"]?.stringValue ?? "")
        default: break
        }
        guard let kind = InventoryKind(operation: operation)?.kind else {
            throw AdapterFailure(code: "unsupported", message: "there is no operation \(operation)")
        }
        if let id = input["provider_id"]?.stringValue {
            let found = resources.filter { $0.kind == kind && $0.providerID == id }
            return ["resources": .array(found.map(\.json)), "total": .int(Int64(found.count))]
        }
        return page(of: kind, input["cursor"]?.stringValue ?? "")
    }

    private func page(of kind: String, _ cursor: String) -> JSONObject {
        let listed = resources.filter { $0.kind == kind && !hidden.contains($0.providerID) }
        let start = Int(cursor) ?? 0
        let items = listed.dropFirst(start).prefix(pageSize)
        var page: JSONObject = ["resources": .array(items.map(\.json))]
        if start + pageSize < listed.count { page["next"] = .string("\(start + pageSize)") }
        if saysTotal { page["total"] = .int(Int64(listed.count)) }
        return page
    }

    private func ensure(_ name: String) -> JSONObject {
        if let project = projects.first(where: { $0.name == name }) {
            return ["project": Self.json(project.id, name), "was_created": false]
        }
        projects.append((id: "made-\(name)", name: name, members: []))
        return ["project": Self.json("made-\(name)", name), "was_created": true]
    }

    private func members(_ id: String) -> JSONObject {
        let members = projects.first { $0.id == id }?.members ?? []
        return [
            "project_id": .string(id),
            "members": .array(
                members.map {
                    [
                        "urn": .string("do:\($0.kind):\($0.id)"), "kind": .string($0.kind),
                        "provider_id": .string($0.id),
                    ]
                }),
        ]
    }

    private static func json(_ id: String, _ name: String) -> JSONValue {
        ["provider_id": .string(id), "name": .string(name), "purpose": "Service or API", "is_default": false]
    }
}

extension AdapterFailure {
    static let trouble = [
        AdapterFailure(code: "auth", message: "the token is not known", remoteStatus: 401),
        AdapterFailure(code: "denied", message: "the token lacks droplet:read", remoteStatus: 403),
        AdapterFailure(code: "rate", message: "too many requests", remoteStatus: 429),
        AdapterFailure(code: "remote", message: "the provider has trouble", remoteStatus: 500),
        AdapterFailure(code: "remote", message: "the provider is away", remoteStatus: 503),
        AdapterFailure(code: "network", message: "the connection was reset"),
    ]
}

extension ProviderResource {
    static func droplet(
        _ id: Int, name: String? = nil, size: String = "s-1vcpu-1gb", tags: [String] = ["web"],
        attrs: JSONObject = ["image": "ubuntu-24-04-x64", "memory": 1024, "snapshot_ids": []]
    ) -> ProviderResource {
        ProviderResource(
            kind: "droplet", providerID: "\(id)", name: name ?? "web-\(id)", region: "nyc3", status: "active",
            sizeSlug: size, tags: tags, createdAt: "2026-01-01T00:00:00Z", attrs: attrs)
    }
}
