/// A label. What carries it knows it by name.
struct Tag: Sendable {
    let name: String
    var lastDroplet: Int?
    var lastVolume: String?
    var lastImage: Int?

    /// Letters, digits, `_`, `-` and `:`; at most 255.
    static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 255 else { return false }
        return name.utf8.allSatisfy { byte in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ":": true
            default: false
            }
        }
    }
}

extension Account {
    /// A tag whose name differs in capitals at most.
    func tag(like name: String) -> Tag? {
        tagNames[name.lowercased()].flatMap { tags[$0] }
    }

    /// The name under which the tag is known, which is made when it is new: capitals stay as they were first.
    mutating func useTag(_ name: String) -> String {
        if let tag = tag(like: name) { return tag.name }
        tags[name] = Tag(name: name)
        tagNames[name.lowercased()] = name
        return name
    }

    /// Takes the tag away from all that carries it.
    mutating func deleteTag(_ name: String) {
        tags[name] = nil
        tagNames[name.lowercased()] = nil
        for id in droplets.ids { droplets[id]?.tags.removeAll { $0.name == name } }
        for id in volumes.ids { volumes[id]?.tags.removeAll { $0 == name } }
        for id in snapshots.ids { snapshots[id]?.tags.removeAll { $0 == name } }
        for id in uploads.ids { uploads[id]?.tags.removeAll { $0 == name } }
    }

    func json(_ tag: Tag, call: Call) -> JSON {
        let droplets = livingDroplets.count { $0.hasTag(tag.name, at: call.now) }
        let volumes = volumes.values.count { $0.tags.contains(tag.name) }
        let images = images.count { $0.tags.contains(tag.name) }
        let last = [
            droplets > 0 ? tag.lastDroplet.map { "droplets/\($0)" } : nil,
            volumes > 0 ? tag.lastVolume.map { "volumes/\($0)" } : nil,
            images > 0 ? tag.lastImage.map { "images/\($0)" } : nil,
        ]
        let nothing: JSON = ["count": 0]
        return [
            "name": .string(tag.name),
            "resources": Self.metadata(droplets + volumes + images, last.compactMap { $0 }.first, call).with([
                .init(key: "droplets", value: Self.metadata(droplets, last[0], call)),
                .init(key: "images", value: Self.metadata(images, last[2], call)),
                .init(key: "volumes", value: Self.metadata(volumes, last[1], call)),
                .init(key: "volume_snapshots", value: nothing), .init(key: "databases", value: nothing),
            ]),
        ]
    }

    private static func metadata(_ count: Int, _ last: String?, _ call: Call) -> JSON {
        guard let last else { return ["count": .integer(count)] }
        return ["count": .integer(count), "last_tagged_uri": .string("\(call.base)/v2/\(last)")]
    }
}
