internal import CPluginHost

/// Attributes what ends the process to the plugin call that did it.
public enum CrashHandlers {
    /// Once per process, before the first plugin is loaded.
    public static func install() { arcadia_install_crash_handlers() }
}
