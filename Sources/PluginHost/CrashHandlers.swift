internal import CPluginHost

/// Attributes what ends the process to the plugin call that did it.
public enum CrashHandlers {
    /// Once per process, before the first plugin is loaded.
    public static func install() { arcadia_install_crash_handlers() }

    /// What an operator who presses Ctrl-C is told, at most 255 bytes; the process then ends as it would have.
    public static func onInterrupt(say text: String) { arcadia_say_when_interrupted(text) }
}
