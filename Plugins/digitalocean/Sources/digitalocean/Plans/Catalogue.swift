internal import ArcadiaPlugin

/// A size as the provider lists it.
struct Size: Decodable, Keyed {
    var slug: String
    var price_monthly: Double
    var regions: [String]
    var available: Bool?
    var key: String { slug }
}

private struct SizePage: Page {
    var sizes: [Size]
    var links: Links?
    var meta: Meta?
    var items: [Size] { sizes }
}

/// An image as the provider shows it.
struct ImageBody: Decodable {
    struct Image: Decodable { var regions: [String]? }
    var image: Image
}

extension API {
    func sizes() throws -> [Size] { try all(SizePage.self, "/sizes", scope: "sizes:read") }

    /// Nil: there is no such image.
    func image(_ image: SlugOrNumber) throws -> ImageBody.Image? {
        let answer = try send(.get, "/images/\(image.text)", scope: "image:read")
        return answer.status == 404 ? nil : try answer.checked().json(ImageBody.self).image
    }
}

extension SlugOrNumber {
    var text: String {
        switch self {
        case .slug(let slug): slug
        case .number(let number): String(number)
        }
    }
}

/// What a size costs, and what keeps a droplet of it from being had: asked of the provider, else looked up in the table.
struct Offer {
    /// Nil: nobody knows.
    let price: Price?
    /// What was not asked, and why.
    let note: String?

    /// - Throws: there is no such size, or not there.
    init(_ api: API, size: String, region: String?) throws {
        let sizes: [Size]
        do {
            sizes = try api.sizes()
        } catch {
            price = Price(PriceTable.shipped, size: size)
            note = "the size was not looked up: \(Self.reason(error))"
            return
        }
        guard let found = sizes.first(where: { $0.slug == size }), found.available != false else {
            throw StepFailure(.input, "DigitalOcean offers no size \"\(size)\"", effect: .none)
        }
        if let region, !region.isEmpty, !found.regions.contains(where: { $0.hasPrefix(region) }) {
            throw StepFailure(
                .input, "the size \"\(size)\" is not to be had in \(region), but in \(found.regions.joined(separator: ", "))",
                effect: .none)
        }
        (price, note) = (Price(monthly: found.price_monthly), nil)
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let failure as StepFailure: failure.message
        case let failure as HTTPFailure: failure.message
        default: String(describing: error)
        }
    }
}
