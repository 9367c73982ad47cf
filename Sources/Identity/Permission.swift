/// Something that somebody may do, or not. The raw values are the words of the API's description.
public enum Permission: String, Sendable, Hashable, CaseIterable {
    case readInventory = "read_inventory"
    case readRuns = "read_runs"
    case submitRuns = "submit_runs"
    /// Cancel, retry, resume, signal, abandon.
    case controlRuns = "control_runs"
    case readDefinitions = "read_definitions"
    case writeDefinitions = "write_definitions"
    case readPlugins = "read_plugins"
    /// Release from quarantine, enable, disable.
    case controlPlugins = "control_plugins"
    /// See drift and decide on it; desired state as well.
    case drift
    case billing
    case schedules
    /// Read the audit log.
    case audit
}
