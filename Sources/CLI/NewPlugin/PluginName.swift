internal import SagaCore

/// A plugin's id, and what it becomes where the id itself cannot stand.
struct PluginName {
    /// eg: "my-thing"
    let id: String

    enum Mistake: Error {
        case notAnID
        case taken
    }

    /// Those of Arcadia itself: a second plugin of that id would not be let in, or would not build.
    static let taken = ["arcadia", "arcadia-plugin", "cloud", "core", "digitalocean", "files", "host"]

    /// - Throws: for what no manifest may have as an id, and for what begins with no letter, as no package may.
    init(_ id: String) throws(Mistake) {
        guard OperationName(id + ".x")?.plugin == id, id.utf8.count <= 46, id.first?.isLetter == true else {
            throw .notAnID
        }
        guard !Self.taken.contains(id) else { throw .taken }
        self.id = id
    }

    /// The id nearest to a word that is none; nil: nothing of it is left.
    static func nearest(to word: String) -> String? {
        let parts = word.lowercased().split { !"abcdefghijklmnopqrstuvwxyz0123456789_".contains($0) }
        let id = String(parts.joined(separator: "-").drop { !$0.isLetter }.prefix(46))
        return (try? PluginName(id))?.id
    }

    /// eg: "my_thing"
    var identifier: String { id.replacing("-", with: "_") }

    /// eg: "MyThing"
    var typeName: String {
        id.split { $0 == "-" || $0 == "_" }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
