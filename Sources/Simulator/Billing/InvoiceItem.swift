/// One line of an invoice.
struct InvoiceItem: Sendable {
    let product: String
    var group = ""
    let description: String
    /// nil for what is not billed by the hour.
    var hours: Int?
    let start: Moment
    let end: Moment
    let amount: Money
    var project = ""
    var category = "iaas"
    var resourceID = ""
    var resourceUUID = ""

    func json(hasCategory: Bool) -> JSON {
        let item: JSON = [
            "product": .string(product), "resource_uuid": .string(resourceUUID), "resource_id": .string(resourceID),
            "group_description": .string(group), "description": .string(description), "amount": amount.json,
            "duration": .string(hours.map(String.init) ?? ""), "duration_unit": hours == nil ? "" : "Hours",
            "start_time": start.json, "end_time": end.json, "project_name": .string(project),
        ]
        return hasCategory ? item.with([.init(key: "category", value: .string(category))]) : item
    }

    /// The line in the file, quoted where RFC 4180 asks for it.
    func csv(hasCategory: Bool) -> String {
        let fields = [
            product, group, description, hours.map(String.init) ?? "", start.csvText, end.csvText, amount.csvText,
            project,
        ]
        return (fields + (hasCategory ? [category] : [])).map(Self.field).joined(separator: ",")
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
