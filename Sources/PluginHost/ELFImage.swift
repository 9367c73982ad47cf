/// A shared object, read as a file: what can be refused is refused before the dynamic linker runs a line of it
/// (constructors run at load, whether or not there is an entry symbol).
///
/// Fields and numbers: the System V ABI's chapter on object files, and <elf.h>.
struct ELFImage {
    /// Names of the functions and objects it exports.
    let exports: [String]

    private static let machine: (number: UInt16, name: String) = {
        #if arch(x86_64)
            (62, "x86-64")
        #elseif arch(arm64)
            (183, "aarch64")
        #else
            #error("name this machine's ELF number")
        #endif
    }()

    init(_ bytes: [UInt8]) throws(PluginRefusal.Fact) {
        guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw .notELF }
        let file = ELFBytes(bytes)
        let header = try file.header()
        guard header.is64LittleEndian, header.machine == Self.machine.number else {
            throw .otherMachine(
                found: Self.name(ofMachine: header.machine, is64: header.is64LittleEndian), expected: Self.machine.name)
        }
        guard header.type == 3 else { throw .notShared(found: Self.name(ofType: header.type)) }
        try file.checkSegments(header)
        exports = try file.exports(header)
    }

    /// Checks the entry: of our major, of another, or none.
    func checkEntry(prefix: String, major: Int) throws(PluginRefusal.Fact) {
        let majors = exports.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }.sorted()
        if majors.contains(major) { return }
        guard majors.isEmpty else { throw .entryOfOtherMajor(found: majors, known: major) }
        throw .noEntry(expected: prefix + String(major))
    }

    private static func name(ofMachine machine: UInt16, is64: Bool) -> String {
        switch machine {
        case 3: "x86 (32 bits)"
        case 40: "arm (32 bits)"
        case 62: is64 ? "x86-64" : "x86-64 with 32-bit pointers"
        case 183: "aarch64"
        case 243: "risc-v"
        default: "machine \(machine)"
        }
    }

    private static func name(ofType type: UInt16) -> String {
        switch type {
        case 1: "an object file that was never linked"
        case 2: "a program"
        case 4: "a core dump"
        default: "an ELF file of type \(type)"
        }
    }
}

/// Little-endian reads that never leave the file.
struct ELFBytes {
    let bytes: [UInt8]

    struct Header {
        let is64LittleEndian: Bool
        let type: UInt16
        let machine: UInt16
        let segments: (offset: Int, size: Int, count: Int)
        let sections: (offset: Int, size: Int, count: Int)
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func header() throws(PluginRefusal.Fact) -> Header {
        guard bytes.count >= 64 else { throw .truncated }
        return Header(
            is64LittleEndian: bytes[4] == 2 && bytes[5] == 1, type: try number(16), machine: try number(18),
            segments: (try offset(32), Int(try number(54) as UInt16), Int(try number(56) as UInt16)),
            sections: (try offset(40), Int(try number(58) as UInt16), Int(try number(60) as UInt16)))
    }

    /// Every part the loader would map must be in the file.
    func checkSegments(_ header: Header) throws(PluginRefusal.Fact) {
        guard header.segments.count > 0 else { throw .truncated }
        for index in 0..<header.segments.count {
            let at = header.segments.offset + index * header.segments.size
            let kind: UInt32 = try number(at)
            guard kind == 1 || kind == 2 else { continue }
            try check(try offset(at + 8), length: try offset(at + 32))
        }
    }

    func exports(_ header: Header) throws(PluginRefusal.Fact) -> [String] {
        guard header.sections.count > 0 else { return [] }
        for index in 0..<header.sections.count {
            let at = header.sections.offset + index * header.sections.size
            // SHT_DYNSYM: it survives `strip`, the dynamic linker needs it.
            guard try number(at + 4) as UInt32 == 11 else { continue }
            let strings = header.sections.offset + Int(try number(at + 40) as UInt32) * header.sections.size
            return try names(
                symbols: (try offset(at + 24), try offset(at + 32)),
                strings: (try offset(strings + 24), try offset(strings + 32)))
        }
        return []
    }

    private func names(
        symbols: (offset: Int, length: Int), strings: (offset: Int, length: Int)
    ) throws(PluginRefusal.Fact) -> [String] {
        try check(symbols.offset, length: symbols.length)
        try check(strings.offset, length: strings.length)
        var names: [String] = []
        for at in stride(from: symbols.offset, to: symbols.offset + symbols.length - 23, by: 24) {
            let section: UInt16 = try number(at + 6)
            let binding = bytes[at + 4] >> 4
            // Defined here, and global, weak or unique.
            guard section != 0, binding == 1 || binding == 2 || binding == 10 else { continue }
            names.append(try text(strings, at: Int(try number(at) as UInt32)))
        }
        return names
    }

    func text(_ strings: (offset: Int, length: Int), at index: Int) throws(PluginRefusal.Fact) -> String {
        guard index < strings.length else { throw .truncated }
        let end = strings.offset + strings.length
        let rest = bytes[(strings.offset + index)..<end]
        return String(decoding: rest.prefix { $0 != 0 }, as: UTF8.self)
    }

    func check(_ offset: Int, length: Int) throws(PluginRefusal.Fact) {
        guard offset >= 0, length >= 0, offset <= bytes.count, length <= bytes.count - offset else { throw .truncated }
    }

    func offset(_ at: Int) throws(PluginRefusal.Fact) -> Int {
        let value: UInt64 = try number(at)
        guard value <= UInt64(Int32.max) else { throw .truncated }
        return Int(value)
    }

    func number<Number: FixedWidthInteger>(_ at: Int) throws(PluginRefusal.Fact) -> Number {
        let size = MemoryLayout<Number>.size
        try check(at, length: size)
        var value: Number = 0
        for index in 0..<size { value |= Number(truncatingIfNeeded: bytes[at + index]) << Number(index * 8) }
        return value
    }
}
