internal import ArcadiaPlugin

/// Destroys a droplet, and waits until it is really gone: the provider says 204 some seconds before.
struct DestroyDroplet: Operation {
    typealias Owner = DigitalOcean
    static let name = "destroy_droplet"

    struct Input: Decodable { var droplet_id: Int? }
    struct Output: Codable { var destroyed_droplet_id: Int }

    struct Checkpoint: Codable, Sendable {
        var droplet_id: Int
        var isDestroyed = false
        var looks = 0
        var waits = 0
    }

    static let looksUntilGone = 36
    static let waitsForAnotherEvent = 240

    func execute(_ call: Call<DestroyDroplet>) throws -> Output {
        let id = try call.checkpoint?.droplet_id ?? call.dropletID(call.input.droplet_id)
        var state = call.checkpoint ?? Checkpoint(droplet_id: id)
        let api = try API(call, .provisioning)
        if !state.isDestroyed { try destroy(api, &state, call) }
        let isLast = state.looks >= Self.looksUntilGone
        let isThere = try call.orLater({ try api.droplet(id) != nil }, isLast: isLast) ?? true
        guard isThere else { return Output(destroyed_droplet_id: id) }
        state.looks += 1
        guard state.looks <= Self.looksUntilGone else {
            call.log(.warn, "droplet \(id) was destroyed, and the provider still lists it")
            return Output(destroyed_droplet_id: id)
        }
        throw Suspend(after: call.plugin.poll, saving: state)
    }

    private func destroy(_ api: API, _ state: inout Checkpoint, _ call: Call<DestroyDroplet>) throws {
        guard try api.destroyDroplet(state.droplet_id) == .busy else {
            state.isDestroyed = true
            return
        }
        state.waits += 1
        guard state.waits <= Self.waitsForAnotherEvent else {
            throw StepFailure(
                .timeout, "droplet \(state.droplet_id) is busy with another event and was not destroyed", effect: .none)
        }
        throw Suspend(after: call.plugin.poll, saving: state)
    }
}

extension DestroyDroplet: Compensable {
    /// Nothing brings a destroyed droplet back: it is said, and that is all.
    func compensate(_ call: Call<DestroyDroplet>) throws {
        guard let id = call.result?.destroyed_droplet_id ?? call.checkpoint?.droplet_id else { return }
        call.log(.warn, "droplet \(id) was destroyed, which cannot be taken back")
    }
}
