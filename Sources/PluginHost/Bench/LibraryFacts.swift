/// What a shared object says of itself to the dynamic linker, read from its bytes.
package struct LibraryFacts: Sendable {
    /// Names it exports, without those that the linker makes one of in the whole process.
    package private(set) var exports: Set<String> = []
    /// Names of which there is one in the whole process (STB_GNU_UNIQUE).
    package private(set) var unique: [String] = []
    /// Names it needs from others and cannot do without.
    package private(set) var undefined: [String] = []
    package private(set) var needed: [String] = []
    package private(set) var runPaths: [String] = []
    package private(set) var hasTextRelocations = false
    package private(set) var hasStaticTLS = false
    package private(set) var bindsNow = false
    package private(set) var hasReadOnlyRelocations = false
    package private(set) var hasExecutableStack = false
    package private(set) var hasWritableCode = false
    /// Functions that run when it is loaded.
    package private(set) var constructors = 0
    package private(set) var sections: [String] = []

    /// - Throws: what keeps it from being a shared object for this machine.
    package init(_ bytes: [UInt8]) throws(PluginRefusal.Fact) {
        _ = try ELFImage(bytes)
        let file = ELFBytes(bytes)
        let header = try file.header()
        try readSegments(file, header)
        try readSections(file, header)
    }

    private mutating func readSegments(_ file: ELFBytes, _ header: ELFBytes.Header) throws(PluginRefusal.Fact) {
        for index in 0..<header.segments.count {
            let at = header.segments.offset + index * header.segments.size
            let (kind, flags): (UInt32, UInt32) = (try file.number(at), try file.number(at + 4))
            switch kind {
            case 1: if flags & 3 == 3 { hasWritableCode = true }
            case 0x6474_e551: hasExecutableStack = flags & 1 != 0
            case 0x6474_e552: hasReadOnlyRelocations = true
            default: break
            }
        }
    }

    private struct Section {
        let name: Int
        let kind: UInt32
        let place: (offset: Int, length: Int)
        let link: Int
    }

    private mutating func readSections(_ file: ELFBytes, _ header: ELFBytes.Header) throws(PluginRefusal.Fact) {
        var list: [Section] = []
        for index in 0..<header.sections.count {
            let at = header.sections.offset + index * header.sections.size
            list.append(
                Section(
                    name: Int(try file.number(at) as UInt32), kind: try file.number(at + 4),
                    place: (try file.offset(at + 24), try file.offset(at + 32)),
                    link: Int(try file.number(at + 40) as UInt32)))
        }
        let names = Int(try file.number(62) as UInt16)
        for section in list {
            if list.indices.contains(names) { sections.append(try file.text(list[names].place, at: section.name)) }
            guard list.indices.contains(section.link) else { continue }
            switch section.kind {
            case 6: try readDynamic(file, section.place, strings: list[section.link].place)
            case 11: try readSymbols(file, section.place, strings: list[section.link].place)
            default: break
            }
        }
    }

    private mutating func readDynamic(
        _ file: ELFBytes, _ place: (offset: Int, length: Int), strings: (offset: Int, length: Int)
    ) throws(PluginRefusal.Fact) {
        try file.check(place.offset, length: place.length)
        for at in stride(from: place.offset, to: place.offset + place.length - 15, by: 16) {
            let (tag, value): (UInt64, UInt64) = (try file.number(at), try file.number(at + 8))
            switch tag {
            case 0: return
            case 1: needed.append(try file.text(strings, at: Int(value)))
            case 15, 29: runPaths += try file.text(strings, at: Int(value)).split(separator: ":").map(String.init)
            case 22: hasTextRelocations = true
            case 24: bindsNow = true
            case 27: constructors = Int(value / 8)
            case 30:
                if value & 0x4 != 0 { hasTextRelocations = true }
                if value & 0x8 != 0 { bindsNow = true }
                if value & 0x10 != 0 { hasStaticTLS = true }
            case 0x6fff_fffb: if value & 1 != 0 { bindsNow = true }
            default: break
            }
        }
    }

    private mutating func readSymbols(
        _ file: ELFBytes, _ place: (offset: Int, length: Int), strings: (offset: Int, length: Int)
    ) throws(PluginRefusal.Fact) {
        try file.check(place.offset, length: place.length)
        try file.check(strings.offset, length: strings.length)
        for at in stride(from: place.offset + 24, to: place.offset + place.length - 23, by: 24) {
            let name = try file.text(strings, at: Int(try file.number(at) as UInt32))
            let section: UInt16 = try file.number(at + 6)
            switch (file.bytes[at + 4] >> 4, section) {
            case (1, 0): undefined.append(name)
            case (_, 0): break
            case (10, _): unique.append(name)
            case (1, _), (2, _): exports.insert(name)
            default: break
            }
        }
    }
}
