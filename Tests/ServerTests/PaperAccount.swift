import CloudControl
import SagaCore

/// A provider that answers from memory.
final class PaperAccount: ProviderAdapter, @unchecked Sendable {
    let provider = "digitalocean"
    var droplets: [ProviderResource] = []
    /// By name; a project's id is `id-` and its name.
    var projects: [(name: String, members: [String])] = []
    var invoices: [(uuid: String, period: String, csv: String)] = []

    func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        switch operation {
        case "projects.list": return ["projects": .array(projects.map { Self.project($0.name) })]
        case "projects.resources": return members(input["project_id"]?.stringValue ?? "")
        case "inventory.droplets":
            return ["resources": .array(droplets.map(\.json)), "total": .int(Int64(droplets.count))]
        case "billing.balance":
            return ["month_to_date_balance": "23.44", "account_balance": "12.23", "month_to_date_usage": "11.21"]
        case "billing.history": return ["entries": .array(invoices.map(Self.entry))]
        case "billing.invoice_summary":
            return [
                "invoice_uuid": input["invoice_uuid"] ?? .null, "amount": "10.00",
                "billing_period": .string(try invoice(input).period),
            ]
        case "billing.invoice_csv":
            return ["invoice_uuid": input["invoice_uuid"] ?? .null, "csv": .string(try invoice(input).csv)]
        default: throw AdapterFailure(code: "unsupported", message: "there is no operation \(operation)")
        }
    }

    private static func project(_ name: String) -> JSONValue {
        ["provider_id": .string("id-" + name), "name": .string(name), "purpose": "Service or API", "is_default": false]
    }

    private func members(_ id: String) -> JSONObject {
        let members = projects.first { "id-" + $0.name == id }?.members ?? []
        return [
            "project_id": .string(id),
            "members": .array(
                members.map {
                    ["urn": .string("do:droplet:" + $0), "kind": "droplet", "provider_id": .string($0)]
                }),
        ]
    }

    private static func entry(_ invoice: (uuid: String, period: String, csv: String)) -> JSONValue {
        [
            "description": .string("Invoice for \(invoice.period)"), "amount": "10.00", "type": "Invoice",
            "date": .string(invoice.period + "-28T08:00:00Z"), "invoice_uuid": .string(invoice.uuid),
        ]
    }

    private func invoice(_ input: JSONObject) throws(AdapterFailure) -> (uuid: String, period: String, csv: String) {
        guard let invoice = invoices.first(where: { $0.uuid == input["invoice_uuid"]?.stringValue }) else {
            throw AdapterFailure(code: "not_found", message: "there is no such invoice", remoteStatus: 404)
        }
        return invoice
    }

    static func droplet(_ id: Int, name: String? = nil, size: String = "s-1vcpu-1gb") -> ProviderResource {
        ProviderResource(
            kind: "droplet", providerID: "\(id)", name: name ?? "web-\(id)", region: "nyc3", status: "active",
            sizeSlug: size, tags: ["web"], createdAt: "2026-01-01T00:00:00Z", attrs: ["vcpus": 1])
    }

    /// An invoice with a line for each droplet.
    static func csv(_ names: [String]) -> String {
        let header = "product,group_description,description,hours,start,end,USD,project_name,category\n"
        let month = "2026-10-01 00:00:00 +0000,2026-11-01 00:00:00 +0000"
        return names.reduce(header) { text, name in
            text + "Droplets,,\(name) (s-1vcpu-1gb),744,\(month),$5.00,acme-shop,iaas\n"
        }
    }
}
