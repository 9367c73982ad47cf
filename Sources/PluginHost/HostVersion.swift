/// The version of arcadia, as the command and every plugin are told.
public enum HostVersion {
    public static let text = HostTable.version
}
