internal import PluginHost
internal import SagaCore
internal import Scheduling

/// What changes and goes wrong by itself while `arcadia dev` lives: a drift a minute, a bad moment of the provider now and then.
final class DevWeather: Sendable {
    private let story: DevStory
    private let state = Monitor((isStopping: false, isOver: false))
    private static let halfMinute: Int64 = 30_000

    init(_ story: DevStory) {
        self.story = story
        startThread { [self] in
            var turn = 0
            while state.wait(milliseconds: Self.halfMinute, until: { $0.isStopping ? true : nil }) == nil {
                take(turn)
                turn += 1
            }
            state.change { $0.isOver = true }
        }
    }

    func stop() {
        state.change { $0.isStopping = true }
        state.wait { $0.isOver ? true : nil }
    }

    /// First somebody changes something and it is seen, then it is told from what was asked for.
    private func take(_ turn: Int) {
        guard turn % 2 == 0 else { return story.queue("drift.detect", on: QueueName.cloudSyncFast) }
        let day = turn / 2
        // Tried again, and told of nowhere but in the log of the job.
        if day % 3 == 2 { story.account.stumble(["path": "/v2/**", "fault": "status_503", "count": 2]) }
        change(day)
        story.queue("inventory.sync", on: QueueName.cloudSyncFull)
    }

    private func change(_ day: Int) {
        let droplets = story.account.droplets
        guard !droplets.isEmpty else { return }
        let droplet = droplets[(day + 4) % droplets.count]
        switch day % 3 {
        case 0: story.account.change(droplet.id, ["size_slug": "s-2vcpu-2gb"])
        case 1: story.account.change(droplet.id, ["tags": ["production", .string("round-\(day)")]])
        default: story.account.change(droplet.id, ["name": .string(droplet.name + "-x")])
        }
    }
}
