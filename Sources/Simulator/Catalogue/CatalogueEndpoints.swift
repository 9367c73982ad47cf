/// `/v2/sizes`, `/v2/regions` and `/v2/images`
enum CatalogueEndpoints {
    static let routes = [
        Route("GET", "sizes", scope: "sizes:read") { _, call in call.list("sizes", Size.all, \.json) },
        Route("GET", "regions", scope: "regions:read") { _, call in call.list("regions", Region.all, \.json) },
        Route("GET", "images", scope: "image:read", listImages),
        Route("POST", "images", scope: "image:create", createImage),
        Route("GET", "images/{image}", scope: "image:read") { account, call throws(ProviderError) in
            .json(["image": try image(call, in: account).json])
        },
        Route("PUT", "images/{image}", scope: "image:update", renameImage),
        Route("DELETE", "images/{image}", scope: "image:delete", deleteImage),
    ]

    private static func listImages(_ account: inout Account, _ call: Call) -> Answer {
        var images = account.images
        if call.query["private"] == "true" { images.removeAll(where: \.isPublic) }
        switch call.query["type"] {
        case "application": images.removeAll { !$0.isApplication }
        case "distribution": images.removeAll { !$0.isPublic || $0.isApplication }
        default: break
        }
        if let tag = call.query["tag_name"] { images.removeAll { !$0.tags.contains(tag) } }
        return call.list("images", images, \.json)
    }

    private static func image(_ call: Call, in account: Account) throws(ProviderError) -> Image {
        guard let image = account.image(call.path[2]) else { throw .notFound }
        return image
    }

    private static func createImage(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        guard let name = body["name"]?.string, !name.isEmpty else { throw .unprocessable("Name can't be blank") }
        guard body["url"]?.string != nil else { throw .unprocessable("Url can't be blank") }
        guard let region = body["region"]?.string.flatMap(Region.named) else {
            throw .unprocessable("Region is not available")
        }
        let image = Image(
            id: account.takeImageID(), name: name, slug: nil,
            distribution: body["distribution"]?.string ?? "Unknown", type: "custom", isPublic: false,
            regions: [region.slug], createdAt: call.now, minDisk: 25, size: 234,
            description: body["description"]?.string ?? "", tags: body["tags"]?.array?.compactMap(\.string) ?? [])
        account.uploads[image.id] = image
        return .json(["image": image.json], status: 202)
    }

    private static func renameImage(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        let image = try image(call, in: account)
        guard !image.isPublic else { throw .forbidden }
        if let name = body["name"]?.string {
            account.snapshots[String(image.id)]?.name = name
            account.uploads[image.id]?.name = name
        }
        if let text = body["description"]?.string { account.uploads[image.id]?.description = text }
        if let text = body["distribution"]?.string { account.uploads[image.id]?.distribution = text }
        return .json(["image": try self.image(call, in: account).json])
    }

    private static func deleteImage(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let image = try image(call, in: account)
        guard !image.isPublic else { throw .forbidden }
        if account.uploads.removeValue(forKey: image.id) == nil {
            try account.deleteSnapshot(String(image.id), at: call.now)
        }
        return .nothing
    }
}
