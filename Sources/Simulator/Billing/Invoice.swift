/// What a month cost.
struct Invoice: Sendable {
    let uuid: String
    let number: String
    let month: CalendarMonth
    let items: [InvoiceItem]

    /// The sum of all lines, to the cent.
    var amount: Money { .sum(items.map(\.amount)) }

    /// Files had no category before August 2020.
    var hasCategory: Bool { month >= CalendarMonth(year: 2020, month: 8) }

    var json: JSON {
        [
            "invoice_uuid": .string(uuid), "invoice_id": .string(number), "amount": amount.json,
            "invoice_period": .string(month.text),
        ]
    }

    var csv: String {
        let header = "product,group_description,description,hours,start,end,USD,project_name"
        let lines = items.map { $0.csv(hasCategory: hasCategory) }
        return ([hasCategory ? header + ",category" : header] + lines).joined(separator: "\n") + "\n"
    }

    var fileName: String { "DigitalOcean Invoice \(month.title) (6173678-\(number)).csv" }

    var summary: JSON {
        [
            "invoice_uuid": .string(uuid), "invoice_id": .string(number), "billing_period": .string(month.text),
            "amount": amount.json, "user_name": "Sammy Shark", "user_billing_address": Self.address,
            "user_company": "Harbour", "user_email": "sammy@example.com", "product_charges": productCharges,
            "overages": charge("Overages", ["Bandwidth"]), "taxes": charge("Taxes", ["Taxes"]),
            "credits_and_adjustments": charge("Credits & adjustments", ["Credits"]),
        ]
    }

    private static let address: JSON = [
        "address_line1": "101 Shark Row", "address_line2": "", "city": "Atlantis", "region": "OC",
        "postal_code": "12345", "country_iso2_code": "US", "created_at": "2014-08-01T16:34:46.000+00:00",
        "updated_at": "2019-09-03T16:34:46.000+00:00",
    ]

    private static let others: Set<String> = ["Bandwidth", "Taxes", "Credits"]

    private func charge(_ name: String, _ products: Set<String>) -> JSON {
        let amount = Money.sum(items.filter { products.contains($0.product) }.map(\.amount))
        return ["name": .string(name), "amount": amount.json]
    }

    private var productCharges: JSON {
        let charged = items.filter { !Self.others.contains($0.product) }
        var products: [String] = []
        for item in charged where !products.contains(item.product) { products.append(item.product) }
        let lines = products.map { product -> JSON in
            let own = charged.filter { $0.product == product }
            return [
                "amount": Money.sum(own.map(\.amount)).json, "name": .string(product),
                "count": .string(String(own.count)),
            ]
        }
        return [
            "name": "Product usage charges", "amount": Money.sum(charged.map(\.amount)).json, "items": .array(lines),
        ]
    }
}
