/// Changes a droplet behind the client's back, as a colleague at the control panel would.
enum AdminDrift {
    /// `{"size_slug": …, "name": …, "status": "active|off", "tags": […], "backups": true, "deleted": true}`.
    static func change(_ account: inout Account, _ call: Call) throws(ProviderError) -> JSON {
        let body = try call.object()
        let id = try account.usableDroplet(try call.id(2), at: call.now).id
        if let slug = body["size_slug"] {
            guard let size = slug.string.flatMap(Size.named) else { throw .badRequest("there is no such size") }
            account.droplets[id]?.size = size
        }
        if let status = body["status"] {
            guard let known = status.string.flatMap(Droplet.Status.init(rawValue:)) else {
                throw .badRequest("status must be new, active, off or archive")
            }
            account.droplets[id]?.status = known
        }
        if let name = body["name"]?.string { account.droplets[id]?.name = name }
        if let isOn = body["backups"]?.bool { account.droplets[id]?.hasBackups = isOn }
        if let tags = body["tags"]?.array?.compactMap(\.string) {
            let marks = tags.map { Droplet.TagMark(name: account.useTag($0), visibleAt: call.now) }
            account.droplets[id]?.tags = marks
        }
        let changed = account.droplets[id]!.json(at: call.now)
        if body["deleted"]?.bool == true {
            account.deleteDroplet(id, at: call.now)
            account.forgetDroplet(id)
        }
        return ["droplet": changed]
    }
}
