internal import ArcadiaPlugin

extension CreateDroplet: Plannable {
    /// Looks up size, region and image, and what it costs.
    func plan(_ call: Call<CreateDroplet>) throws -> Forecast {
        let input = call.input
        let region = input.region.flatMap { $0.isEmpty ? nil : $0 }
        let api = try API(call, .provisioning)
        let offer = try Offer(api, size: input.size, region: region)
        let (price, backupsNote) = input.backups == true ? withBackups(offer.price) : (offer.price, nil)
        let droplet = Forecast.Resource(.create, "droplet", name: input.name, region: region, size: input.size)
        // Where the sizes could not be asked for, neither can the image.
        let imageNote = offer.note == nil ? try imageNote(api, input.image, region) : nil
        return Forecast(droplet.costing(price), notes: [offer.note, imageNote, backupsNote].compactMap { $0 })
    }

    /// The provider's API tells no price of backups: it is the table's, or the droplet's price goes without it.
    private func withBackups(_ price: Price?) -> (Price?, note: String) {
        guard let backups = PriceTable.shipped?.backups else {
            return (price, "what its backups cost besides is not known")
        }
        guard let price else {
            return (nil, "daily backups cost about \(backups.percent) % besides, as of \(backups.as_of)")
        }
        return (
            price.adding(percent: backups.percent),
            "with daily backups, an estimate: \(backups.percent) % of the droplet's own price, as of \(backups.as_of)"
        )
    }

    /// Nil: the image is there.
    private func imageNote(_ api: API, _ image: SlugOrNumber, _ region: String?) throws -> String? {
        let found: ImageBody.Image?
        do {
            found = try api.image(image)
        } catch {
            return "the image was not looked up: \(Offer.reason(error))"
        }
        guard let found else {
            throw StepFailure(.input, "DigitalOcean has no image \"\(image.text)\"", effect: .none)
        }
        guard let region, let regions = found.regions, !regions.contains(where: { $0.hasPrefix(region) }) else {
            return nil
        }
        throw StepFailure(.input, "the image \"\(image.text)\" is not in \(region)", effect: .none)
    }
}

extension ResizeDroplet: Plannable {
    func plan(_ call: Call<ResizeDroplet>) throws -> Forecast {
        let api = try API(call, .provisioning)
        let (droplet, dropletNote) = try Planned.droplet(call.input.droplet_id, api)
        let offer = try Offer(api, size: call.input.size, region: droplet?.region?.slug)
        var resource = Planned.resource(.change, droplet, id: call.input.droplet_id)
        resource.size = call.input.size
        let disk = call.input.disk == true ? "the disk grows with it, which cannot be taken back" : nil
        return Forecast(resource.costing(offer.price), notes: [dropletNote, offer.note, disk].compactMap { $0 })
    }
}

extension DestroyDroplet: Plannable {
    func plan(_ call: Call<DestroyDroplet>) throws -> Forecast {
        let api = try API(call, .provisioning)
        let (droplet, note) = try Planned.droplet(call.input.droplet_id, api)
        let price = try droplet.flatMap { try Offer(api, size: $0.size_slug, region: nil).price }
        let resource = Planned.resource(.delete, droplet, id: call.input.droplet_id)
        return Forecast(resource.costing(price), notes: [note].compactMap { $0 })
    }
}

extension CreateDropletSnapshot: Plannable {
    /// How large it becomes shows when it is taken.
    func plan(_ call: Call<CreateDropletSnapshot>) throws -> Forecast {
        let (droplet, note) = try Planned.droplet(call.input.droplet_id, try API(call, .provisioning))
        let name = call.input.name.flatMap { $0.isEmpty ? nil : $0 }
        let snapshot = Forecast.Resource(
            .create, "snapshot", name: name ?? droplet.map { "arcadia-snap-\($0.id)-…" }, region: droplet?.region?.slug)
        let size = "a snapshot costs by its size, which shows when it is taken"
        let price = PriceTable.shipped.map {
            "\(size): an estimate is \($0.snapshots.gigabyte) \($0.currency) a GB a month, as of \($0.snapshots.as_of)"
        }
        return Forecast(snapshot, notes: [note, price ?? size].compactMap { $0 })
    }
}

/// A droplet that a plan is about.
enum Planned {
    /// Nil: only a run knows which, or it could not be looked up; the note says so.
    ///
    /// - Throws: there is none of that number.
    static func droplet(_ id: Int?, _ api: API) throws -> (Droplet?, note: String?) {
        guard let id else { return (nil, "which droplet it is, only the run knows") }
        let found: Droplet?
        do {
            found = try api.droplet(id)
        } catch let unreadable as Unreadable {
            return (nil, "the droplet was not looked up: \(unreadable.failure.message)")
        } catch {
            return (nil, "the droplet was not looked up: \(Offer.reason(error))")
        }
        guard let found else { throw DropletMissing.failure(id) }
        return (found, nil)
    }

    static func resource(_ action: Forecast.Action, _ droplet: Droplet?, id: Int?) -> Forecast.Resource {
        Forecast.Resource(
            action, "droplet", name: droplet?.name, id: id.map { String($0) }, region: droplet?.region?.slug,
            size: droplet?.size_slug)
    }
}
