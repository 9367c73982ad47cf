/// What an action's body asks for, checked as the provider checks it.
enum DropletActionOrder {
    static func kind(_ body: JSON, droplet: Droplet, account: Account, call: Call) throws(ProviderError) -> Action.Kind
    {
        guard let type = body["type"]?.string else { throw .unprocessable("Type can't be blank") }
        guard !droplet.isLocked else { throw .pendingEvent }
        if let kind = try power(type, droplet) { return kind }
        switch type {
        case "snapshot": return try snapshot(body, droplet, call)
        case "resize": return try resize(body, droplet, call)
        case "rename": return try rename(body)
        case "rebuild": return try rebuild(body, account, call)
        case "restore": return try restore(body, droplet, account, call)
        case "enable_backups": return .backups(true)
        case "disable_backups": return .backups(false)
        case "change_backup_policy": return try changeBackupPolicy(body, droplet)
        case "enable_ipv6": return .enableV6
        case "password_reset":
            try call.require("droplet:admin")
            return .passwordReset
        default: throw .unprocessable("You specified an invalid action type.")
        }
    }

    private static func power(_ type: String, _ droplet: Droplet) throws(ProviderError) -> Action.Kind? {
        let isOff = droplet.status == .off
        switch type {
        case "power_on":
            guard isOff else { throw .unprocessable("Droplet is already powered on") }
            return .powerOn
        case "power_off", "shutdown":
            guard !isOff else { throw .unprocessable("Droplet is already powered off") }
            return type == "shutdown" ? .shutdown : .powerOff
        case "reboot":
            guard !isOff else {
                throw .unprocessable("Droplet is currently off. Please power it on to run this event.")
            }
            return .reboot
        case "power_cycle": return .powerCycle
        default: return nil
        }
    }

    private static func snapshot(_ body: JSON, _ droplet: Droplet, _ call: Call) throws(ProviderError) -> Action.Kind {
        try call.require("image:create")
        return .snapshot(name: body["name"]?.string ?? "\(droplet.name)-\(call.now.milliseconds)")
    }

    private static func resize(_ body: JSON, _ droplet: Droplet, _ call: Call) throws(ProviderError) -> Action.Kind {
        try call.require("droplet:create")
        guard let size = body["size"]?.string.flatMap(Size.named) else {
            throw .unprocessable("You specified an invalid size for Droplet resize.")
        }
        guard size.regions.contains(droplet.region.slug) else {
            throw .unprocessable("Size is not available in this region.")
        }
        guard size.slug != droplet.size.slug || (body["disk"]?.bool == true && size.disk > droplet.disk) else {
            throw .unprocessable("Droplet is already this size.")
        }
        guard size.disk >= droplet.disk else {
            throw .unprocessable("Size can not decrease size of Droplet's disk image")
        }
        guard droplet.status == .off else {
            throw .unprocessable("Droplet is currently on. Please power it off to run this event.")
        }
        return .resize(size, withDisk: body["disk"]?.bool ?? false)
    }

    private static func rename(_ body: JSON) throws(ProviderError) -> Action.Kind {
        guard let name = body["name"]?.string, DropletOrder.isHostname(name) else {
            throw .unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
        }
        return .rename(name)
    }

    private static func rebuild(_ body: JSON, _ account: Account, _ call: Call) throws(ProviderError) -> Action.Kind {
        try call.require("droplet:admin")
        let key = body["image"]?.string ?? body["image"]?.integer.map(String.init)
        guard let image = key.flatMap(account.image) else {
            throw .unprocessable("You specified an invalid image for Droplet rebuild.")
        }
        return .rebuild(image)
    }

    /// Only from the droplet's own snapshots and backups.
    private static func restore(_ body: JSON, _ droplet: Droplet, _ account: Account, _ call: Call)
        throws(ProviderError) -> Action.Kind
    {
        try call.require("droplet:admin")
        guard let id = body["image"]?.integer, (droplet.snapshotIDs + droplet.backupIDs).contains(id),
            let image = account.image(String(id))
        else { throw .unprocessable("You specified an invalid image for Droplet restore.") }
        return .restore(image)
    }

    private static func changeBackupPolicy(_ body: JSON, _ droplet: Droplet) throws(ProviderError) -> Action.Kind {
        guard body["backup_policy"]?.members != nil else { throw .unprocessable("Backup policy can't be blank") }
        guard droplet.hasBackups else { throw .unprocessable("Backups are not enabled on this Droplet.") }
        return .changeBackupPolicy
    }
}
