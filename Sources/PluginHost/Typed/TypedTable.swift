internal import CArcadiaPlugin
internal import SagaCore

/// The typed functions of a library, as its extension `arcadia.typed/1` tells of them.
enum TypedTable {
    static let id = ARCADIA_TYPED

    /// The functions by the operation each is; empty: the library has none.
    static func read(
        _ plugin: UnsafePointer<arcadia_plugin>
    ) throws(PluginRefusal.Fact) -> [String: TypedFunction] {
        guard let extend = plugin.pointee.extension, let found = extend(id) else { return [:] }
        let table = found.assumingMemoryBound(to: arcadia_typed.self)
        try check("arcadia_typed", size: table.pointee.struct_size, MemoryLayout<arcadia_typed>.size)
        guard var entry = table.pointee.functions.map(UnsafeRawPointer.init) else { return [:] }
        var functions: [String: TypedFunction] = [:]
        for index in 0..<Int(table.pointee.function_count) {
            let size = entry.load(as: UInt32.self)
            try check("arcadia_typed_function", size: size, MemoryLayout<arcadia_typed_function>.size)
            let function = try read(entry.load(as: arcadia_typed_function.self), number: index + 1)
            guard functions.updateValue(function, forKey: function.signature.operation) == nil else {
                throw .operationTwice(function.signature.operation)
            }
            entry += Int(size)
        }
        return functions
    }

    private static func check(_ name: String, size: UInt32, _ expected: Int) throws(PluginRefusal.Fact) {
        guard size >= expected else { throw .structTooSmall(name, size: Int(size), expected: expected) }
    }

    private static func read(
        _ entry: arcadia_typed_function, number: Int
    ) throws(PluginRefusal.Fact) -> TypedFunction {
        guard let pointer = entry.signature else { throw .typedIncomplete(number, what: "signature") }
        guard let function = entry.function else { throw .typedIncomplete(number, what: "function") }
        let text = String(cString: pointer)
        do throws(SignatureMistake) {
            return TypedFunction(try TypedSignature(parsing: text), function: function, release: entry.release)
        } catch {
            throw .librarySignature(text, error.words)
        }
    }

    /// Has the library each typed function that its manifest describes, of the very signature, and no other?
    static func compare(
        _ functions: [String: TypedFunction], _ manifest: PluginManifest
    ) throws(PluginRefusal.Fact) {
        for described in manifest.operations {
            switch (described.signature, functions[described.name]?.signature) {
            case (nil, nil): break
            case (let ours?, nil): throw .typedMissing(described.name, signature: ours.text)
            case (nil, let theirs?): throw .typedUndeclared(described.name, signature: theirs.text)
            case (let ours?, let theirs?) where ours != theirs:
                throw .signatureDiffers(described.name, manifest: ours.text, library: theirs.text)
            default: break
            }
        }
        if let extra = functions.keys.sorted().first(where: { manifest.operation($0) == nil }) {
            throw .operationUndeclared(extra)
        }
    }
}
