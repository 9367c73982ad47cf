internal import CArcadiaPlugin
internal import SagaCore

/// The operations of a library that can be planned, as its extension `arcadia.plan/1` tells of them.
enum PlanTable {
    static let id = ARCADIA_PLAN

    /// The functions by operation; empty: the library has none.
    static func read(
        _ plugin: UnsafePointer<arcadia_plugin>
    ) throws(PluginRefusal.Fact) -> [String: PluginFunctions.Function] {
        guard let extend = plugin.pointee.extension, let found = extend(id) else { return [:] }
        let table = found.assumingMemoryBound(to: arcadia_plan.self)
        try check("arcadia_plan", size: table.pointee.struct_size, MemoryLayout<arcadia_plan>.size)
        guard let list = table.pointee.operations else { return [:] }
        var functions: [String: PluginFunctions.Function] = [:]
        for index in 0..<Int(table.pointee.operation_count) {
            guard let entry = list[index] else { continue }
            try check("arcadia_planned", size: entry.pointee.struct_size, MemoryLayout<arcadia_planned>.size)
            guard let name = entry.pointee.operation, let function = entry.pointee.plan else { continue }
            functions[String(cString: name)] = function
        }
        return functions
    }

    private static func check(_ name: String, size: UInt32, _ expected: Int) throws(PluginRefusal.Fact) {
        guard size >= expected else { throw .structTooSmall(name, size: Int(size), expected: expected) }
    }

    /// Can the library plan what its manifest calls plannable, and nothing else?
    static func compare(
        _ functions: [String: PluginFunctions.Function], _ manifest: PluginManifest
    ) throws(PluginRefusal.Fact) {
        for described in manifest.operations {
            switch (described.operation.isPlannable, functions[described.name] != nil) {
            case (true, false): throw .functionMissing(described.name, function: "plan", flag: "plannable")
            case (false, true): throw .functionUndeclared(described.name, function: "plan", flag: "plannable")
            default: break
            }
        }
        if let extra = functions.keys.sorted().first(where: { manifest.operation($0) == nil }) {
            throw .operationUndeclared(extra)
        }
    }
}
