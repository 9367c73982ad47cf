internal import ArcadiaPlugin

/// Gives a droplet another name.
struct RenameDroplet: Operation {
    typealias Owner = DigitalOcean
    static let name = "rename_droplet"

    struct Input: Decodable {
        var droplet_id: Int?
        var name: String
    }

    struct Output: Codable {
        var droplet_id: Int
        var droplet_name: String
        var previous_name: String
    }

    struct Checkpoint: Waiting {
        var droplet_id: Int
        /// Nil: it was not looked at yet.
        var previous_name: String?
        var waits = Waits()
    }

    static let mostWaits = 240

    func execute(_ call: Call<RenameDroplet>) throws -> Output {
        var state = try call.checkpoint ?? Checkpoint(droplet_id: call.dropletID(call.input.droplet_id))
        let api = try API(call, .provisioning)
        return try call.patiently(&state) { state in
            guard let droplet = try api.droplet(state.droplet_id) else {
                throw DropletMissing.failure(state.droplet_id)
            }
            if state.previous_name == nil {
                state.previous_name = droplet.name
                try call.save(state, effectSoFar: .none)
            }
            try rename(droplet, to: call.input.name, api, &state, call)
            return Output(
                droplet_id: droplet.id, droplet_name: call.input.name, previous_name: state.previous_name ?? "")
        }
    }

    /// Returns once the droplet has the name; until then it sleeps.
    private func rename(
        _ droplet: Droplet, to name: String, _ api: API, _ state: inout Checkpoint, _ call: Call<RenameDroplet>
    ) throws {
        guard droplet.name != name else { return }
        if !droplet.isLocked { _ = try api.act(droplet.id, Body(name: name), "rename") }
        guard state.waits.another(of: Self.mostWaits) else {
            throw StepFailure(
                .timeout, "droplet \(droplet.id) is still called \"\(droplet.name)\"; expected \"\(name)\"",
                effect: .partial, retry: .yes)
        }
        throw call.later(state)
    }

    private struct Body: Encodable {
        var type = "rename"
        var name: String
    }
}

extension RenameDroplet: Compensable {
    func compensate(_ call: Call<RenameDroplet>) throws {
        guard var state = call.checkpoint, let previous = state.previous_name else { return }
        state.waits.turnBack()
        let api = try API(call, .provisioning)
        try call.patiently(&state) { state in
            // What somebody else named meanwhile stays as he named it.
            guard let droplet = try api.droplet(state.droplet_id),
                droplet.name == call.input.name || droplet.isLocked
            else { return }
            try rename(droplet, to: previous, api, &state, call)
        }
    }
}

/// An update of something that is not there.
enum DropletMissing {
    static func failure(_ id: Int) -> StepFailure {
        StepFailure(.notFound, "there is no droplet \(id)", effect: .none, remoteStatus: 404)
    }
}
