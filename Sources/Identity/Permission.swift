/// Something that somebody may do, or not. The raw values are the words of the API's description.
public enum Permission: String, Sendable, Hashable, CaseIterable {
    case readRuns = "runs.read"
    case submitRuns = "runs.submit"
    /// Cancel, retry, signal.
    case actOnRuns = "runs.act"
    /// Say that something was taken back by hand, or give a run up.
    case settleRuns = "runs.settle"
    case readDefinitions = "definitions.read"
    case writeDefinitions = "definitions.write"
    case readPlugins = "plugins.read"
    /// Let one in again that was quarantined.
    case releasePlugins = "plugins.release"
    /// Keep one out, and let it in again.
    case disablePlugins = "plugins.disable"
    /// Read their folders anew, remove copies that no run needs.
    case managePlugins = "plugins.manage"
    case readInventory = "inventory.read"
    case readDrift = "drift.read"
    /// Accept, revert, ignore; desired state as well.
    case decideDrift = "drift.decide"
    case readBilling = "billing.read"
    case readSchedules = "schedules.read"
    /// Run now, pause, resume.
    case actOnSchedules = "schedules.act"
    case readAudit = "audit.read"
    case readMetrics = "metrics.read"
}
