public import CArcadiaPlugin

extension Plugin {
    /// What the library's entry function returns: the plugin as a C table, made once and never freed.
    ///
    /// ```swift
    /// @c @implementation
    /// public func arcadia_plugin_entry_v1(_ host: UnsafePointer<arcadia_host>?) -> UnsafePointer<arcadia_plugin>? {
    ///     Greeter.entry(host)
    /// }
    /// ```
    public static func entry(_ host: UnsafePointer<arcadia_host>?) -> UnsafePointer<arcadia_plugin>? {
        guard let host, host.reaches(\.service) else { return nil }
        let runners = operations.map { OperationRunner($0) }
        Library.make = { call, slot in
            let configuring = HostCall(host: host, handle: call)
            defer { configuring.isOver = true }
            do {
                let config = configuring.json(at: "/config")
                slot.pointee = Instance.retain(try PluginInstance<Self>(host: host, config: config, runners: runners))
                return HostCall.ok
            } catch {
                return configuring.report(error, otherwise: .config)
            }
        }
        Library.plan = CTable.plan(runners.filter { $0.plan != nil }.map { CTable.planned($0) })
        return CTable.plugin(id: id, version: version, operations: runners.map { CTable.operation($0) })
    }
}

extension UnsafePointer<arcadia_host> {
    /// ARCADIA_HAS: is the host new enough to have this field?
    fileprivate func reaches<Field>(_ field: KeyPath<arcadia_host, Field>) -> Bool {
        guard let offset = MemoryLayout<arcadia_host>.offset(of: field) else { return false }
        return Int(pointee.struct_size) >= offset + MemoryLayout<Field>.size
    }
}

/// The one plugin of this library: every plugin links its own copy of the SDK, so this is not shared.
enum Library {
    typealias Make = (OpaquePointer, UnsafeMutablePointer<OpaquePointer?>) -> arcadia_status

    /// Set by the entry function, read by `create`; the host never has two of these at once.
    nonisolated(unsafe) static var make: Make?

    /// What the extension `arcadia.plan/1` answers; nil: nothing can be planned. Set by the entry function.
    nonisolated(unsafe) static var plan: UnsafePointer<arcadia_plan>?
}
