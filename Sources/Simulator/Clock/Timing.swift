/// How long the provider takes for things, in seconds, before jitter.
public struct Timing: Sendable, Equatable {
    /// From the request until a new droplet is active; also rebuild and restore.
    public var create = 12.0
    /// From active until the droplet has its addresses.
    public var network = 3.0
    public var snapshot = 20.0
    /// From the end of a snapshot's action until the snapshot is listed.
    public var snapshotVisible = 4.0
    /// Power, rename and the other short actions.
    public var power = 3.0
    public var resize = 15.0
    /// How long something that was deleted is still shown.
    public var deleteLinger = 4.0
    /// From tagging a droplet until the tag is shown.
    public var tagLag = 0.0

    public init() {}

    /// As the provider takes.
    public static let realistic = Timing()

    /// A few milliseconds for everything.
    public static let fast: Timing = {
        var timing = Timing()
        timing.create = 0.020
        timing.network = 0.005
        timing.snapshot = 0.030
        timing.snapshotVisible = 0.010
        timing.power = 0.005
        timing.resize = 0.025
        timing.deleteLinger = 0.010
        return timing
    }()
}
