/// Something that cost money for a time. Most of them were destroyed long ago.
struct BilledResource: Sendable {
    let product: String
    var group = ""
    let description: String
    /// What a whole month of 672 hours costs.
    let monthly: Money
    let start: Moment
    /// nil: it still exists.
    var end: Moment?
    var project = ""
    var category = "iaas"
    var resourceID = ""
    var resourceUUID = ""
    /// Droplets show the first instant after, other products the last second.
    var hasExclusiveEnd = false
    var showsHours = true

    /// What it costs in a part of a month; nil when it did not exist in it for an hour.
    func item(from first: Moment, to last: Moment) -> InvoiceItem? {
        let from = max(start, first)
        let until = min(end ?? last, last)
        let hours = (until.seconds - from.seconds) / 3600
        guard hours > 0 else { return nil }
        return InvoiceItem(
            product: product, group: group, description: description, hours: showsHours ? hours : nil, start: from,
            end: hasExclusiveEnd ? until : until + -1, amount: monthly.share(min(hours, 672), of: 672),
            project: project, category: category, resourceID: resourceID, resourceUUID: resourceUUID)
    }
}
