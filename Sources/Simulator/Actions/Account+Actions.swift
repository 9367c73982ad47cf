/// Actions begin, lock their droplet, and take effect when they end.
extension Account {
    mutating func begin(_ kind: Action.Kind, on droplet: Int, lasting seconds: Double, fate: ActionFate, at now: Moment)
        -> Action
    {
        let region = droplets[droplet]!.region
        let action = record(kind, droplet: droplet, region: region, lasting: seconds, fate: fate, at: now)
        droplets[droplet]?.event = action.id
        actionsOfDroplet[droplet, default: []].append(action.id)
        return action
    }

    /// An action of a volume: it locks nothing.
    mutating func begin(_ kind: Action.Kind, in region: Region, call: Call) -> Action {
        record(kind, droplet: nil, region: region, lasting: timing.power, fate: call.fate, at: call.now)
    }

    private mutating func record(
        _ kind: Action.Kind, droplet: Int?, region: Region, lasting seconds: Double, fate: ActionFate, at now: Moment
    ) -> Action {
        let action = Action(
            id: takeActionID(), kind: kind, droplet: droplet, region: region, startedAt: now, fate: fate)
        actions[action.id] = action
        if fate != .sticks { timeline.plan(.finishAction(action.id), at: now + jittered(seconds)) }
        return action
    }

    mutating func finishAction(_ id: Int, at due: Moment) {
        guard let action = actions[id], action.status == .inProgress else { return }
        let isGood = action.fate == .completes
        endAction(id, isGood ? .completed : .errored, at: due)
        if isGood {
            takeEffect(of: action, at: due)
        } else if case .create = action.kind, let droplet = action.droplet {
            // The provider takes a droplet away that it could not place.
            everCreated[droplet]?.deletedAt = due
            forgetDroplet(droplet)
        }
    }

    mutating func endAction(_ id: Int, _ status: Action.Status, at now: Moment) {
        actions[id]?.status = status
        actions[id]?.completedAt = now
        if let droplet = actions[id]?.droplet { droplets[droplet]?.event = nil }
    }

    private mutating func takeEffect(of action: Action, at due: Moment) {
        switch action.kind {
        case .attach(let volume, let droplet): attach(volume, to: droplet)
        case .detach(let volume, let droplet): detach(volume, from: droplet)
        case .grow(let volume, let gigabytes): volumes[volume]?.gigabytes = gigabytes
        default: if let droplet = action.droplet { takeEffect(of: action, on: droplet, at: due) }
        }
    }

    private mutating func takeEffect(of action: Action, on id: Int, at due: Moment) {
        switch action.kind {
        case .create:
            droplets[id]?.status = .active
            timeline.plan(.giveNetwork(droplet: id), at: due + jittered(timing.network))
        case .powerOn, .powerCycle, .reboot: droplets[id]?.status = .active
        case .powerOff, .shutdown: droplets[id]?.status = .off
        case .enableV6: droplets[id]?.hasV6 = true
        case .snapshot(let name): takeSnapshot(of: id, name: name, action: action, at: due)
        case .resize(let size, let withDisk):
            droplets[id]?.size = size
            if withDisk { droplets[id]?.disk = size.disk }
        case .rename(let name): droplets[id]?.name = name
        case .rebuild(let image), .restore(let image): droplets[id]?.image = image
        case .backups(let isOn): droplets[id]?.hasBackups = isOn
        case .passwordReset, .changeBackupPolicy, .attach, .detach, .grow: break
        }
    }
}
