/// Work that takes time.
struct Action: Sendable {
    enum Status: String, Sendable {
        case inProgress = "in-progress"
        case completed, errored
    }

    /// What the action does when it completes.
    enum Kind: Sendable {
        case create, powerOn, powerOff, shutdown, reboot, powerCycle, passwordReset, enableV6
        case snapshot(name: String)
        case resize(Size, withDisk: Bool)
        case rename(String)
        case rebuild(Image)
        case restore(Image)
        case backups(Bool)
        case changeBackupPolicy
        case attach(volume: String, droplet: Int)
        case detach(volume: String, droplet: Int)
        case grow(volume: String, gigabytes: Int)

        var type: String {
            switch self {
            case .create: "create"
            case .powerOn: "power_on"
            case .powerOff: "power_off"
            case .shutdown: "shutdown"
            case .reboot: "reboot"
            case .powerCycle: "power_cycle"
            case .passwordReset: "password_reset"
            case .enableV6: "enable_ipv6"
            case .snapshot: "snapshot"
            case .resize: "resize"
            case .rename: "rename"
            case .rebuild: "rebuild"
            case .restore: "restore"
            case .backups(let isOn): isOn ? "enable_backups" : "disable_backups"
            case .changeBackupPolicy: "change_backup_policy"
            case .attach: "attach_volume"
            case .detach: "detach_volume"
            case .grow: "resize"
            }
        }
    }

    let id: Int
    let kind: Kind
    /// nil for the actions of volumes, whose ids are not numbers.
    let droplet: Int?
    let region: Region
    let startedAt: Moment
    /// How it will end.
    let fate: ActionFate
    var status = Status.inProgress
    var completedAt: Moment?

    var json: JSON {
        [
            "id": .integer(id), "status": .string(status.rawValue), "type": .string(kind.type),
            "started_at": startedAt.json, "completed_at": completedAt?.json ?? .null, "resource_id": JSON(droplet),
            "resource_type": droplet == nil ? "volume" : "droplet", "region": region.json,
            "region_slug": .string(region.slug),
        ]
    }
}
