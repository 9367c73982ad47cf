internal import ArcadiaPlugin
internal import FoundationEssentials
internal import Glibc

/// Prices as they were on a day: `resources/prices.json`, beside the library.
struct PriceTable: Decodable, Sendable {
    struct Backups: Decodable, Sendable {
        /// Of the droplet's own price, for daily ones: what the provider makes where it is told no plan.
        var percent: Int
        var as_of: String
    }

    struct Snapshots: Decodable, Sendable {
        /// A month, for a gigabyte.
        var gigabyte: String
        var as_of: String
    }

    /// Of the sizes. eg: "2022-07-01"
    var as_of: String
    var currency: String
    var backups: Backups
    var snapshots: Snapshots
    /// A month, by size.
    var droplets: [String: String]

    /// Nil: it is not there, or not readable.
    static let shipped: PriceTable? = {
        var place = LibraryPlace()
        guard findLibrary(#dsohandle, &place) != 0, let name = place.path else { return nil }
        let library = String(cString: name)
        guard let slash = library.lastIndex(of: "/") else { return nil }
        let path = library[..<slash] + "/resources/prices.json"
        guard let data = try? Data(contentsOf: URL(filePath: String(path))) else { return nil }
        return try? JSONDecoder().decode(PriceTable.self, from: data)
    }()
}

/// `Dl_info` of <dlfcn.h>, which Swift does not see: it is there with _GNU_SOURCE alone.
private struct LibraryPlace {
    var path: UnsafePointer<CChar>?
    var base: UnsafeMutableRawPointer?
    var symbol: UnsafePointer<CChar>?
    var address: UnsafeMutableRawPointer?
}

@_silgen_name("dladdr")
private func findLibrary(_ address: UnsafeRawPointer, _ place: UnsafeMutablePointer<LibraryPlace>) -> Int32

/// What something costs a month, and since when that is known.
struct Price: Sendable {
    /// Whole cents: the provider's prices a month have no smaller part.
    var cents: Int
    var currency: String
    var as_of: String

    /// The table's price of a size; nil: it has none.
    init?(_ table: PriceTable?, size: String) {
        guard let table, let text = table.droplets[size], let cents = Self.cents(text) else { return nil }
        (self.cents, currency, as_of) = (cents, table.currency, table.as_of)
    }

    /// As the provider said it just now.
    init(monthly: Double) {
        cents = Int((monthly * 100).rounded())
        (currency, as_of) = ("USD", Self.today)
    }

    /// With backups, which cost a share of it.
    func adding(percent: Int) -> Price {
        var price = self
        price.cents += (cents * percent + 50) / 100
        return price
    }

    /// eg: "6.00"
    var text: String {
        let rest = String(cents % 100)
        return "\(cents / 100)." + (rest.utf8.count == 1 ? "0" + rest : rest)
    }

    private static func cents(_ text: String) -> Int? {
        let parts = text.split(separator: ".")
        guard parts.count == 2, parts[1].utf8.count == 2, let whole = Int(parts[0]), let rest = Int(parts[1]) else {
            return nil
        }
        return whole * 100 + rest
    }

    private static var today: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }
}

extension Forecast.Resource {
    /// The same with its price, where that is known.
    func costing(_ price: Price?) -> Forecast.Resource {
        var resource = self
        (resource.monthly, resource.currency, resource.as_of) = (price?.text, price?.currency, price?.as_of)
        return resource
    }
}
