import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// A definition with one mistake, out of the list beside it.
struct SeededMistake {
    static let list = "list.json"

    /// A text of the definition, and what it should have been.
    struct Piece {
        let replace: String
        let by: String
    }

    /// How a neighbour takes the same mistake, by its documentation.
    struct Neighbour {
        enum Verdict: String, CaseIterable {
            case before, run, silent, unsaid, inexpressible
        }

        let verdict: Verdict
        let note: String
        let sources: [String]
    }

    let name: String
    let area: String
    let idea: String
    let mending: [Piece]
    let conductor: Neighbour
    let stepFunctions: Neighbour
    let folder: URL

    var file: String { name + ".json" }
    private var expectation: URL { folder.appendingPathComponent(name + ".txt") }
    var text: String { (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? "" }
    var expected: String { (try? String(contentsOf: expectation, encoding: .utf8)) ?? "" }
    /// Keeps what is said of it now.
    func record(_ said: String) throws {
        try said.write(to: expectation, atomically: true, encoding: .utf8)
    }

    var mended: String { mending.reduce(text) { $0.replacingOccurrences(of: $1.replace, with: $1.by) } }

    /// The code of what is found, without the word before its dot; nil: nothing is.
    var code: String? { expected.firstMatch(of: /\[definition\.([a-z_]+)\]/).map { String($0.output.1) } }
    var isWarning: Bool { expected.hasPrefix("warning") }

    static func list(in folder: URL) throws -> JSONValue {
        try JSONValue(parsing: String(contentsOf: folder.appendingPathComponent(list), encoding: .utf8))
    }

    static func all(in folder: URL) throws -> [SeededMistake] {
        let list = try list(in: folder)
        return try (list["mistakes"]?.arrayValue ?? []).map { entry in
            SeededMistake(
                name: entry.text("name"), area: entry.text("area"), idea: entry.text("idea"),
                mending: (entry["mend"]?.arrayValue ?? []).map {
                    Piece(replace: $0.text("replace"), by: $0.text("by"))
                },
                conductor: try neighbour("conductor", entry, list),
                stepFunctions: try neighbour("step_functions", entry, list), folder: folder)
        }
    }

    /// - Parameter key: what an entry says of the neighbour is the name of a fact, told once for all that it is true of.
    private static func neighbour(_ key: String, _ entry: JSONValue, _ list: JSONValue) throws -> Neighbour {
        let fact = try #require(list[key]?[entry.text(key)], "\(entry.text("name")): \(entry.text(key))")
        return Neighbour(
            verdict: try #require(Neighbour.Verdict(rawValue: fact.text("verdict"))), note: fact.text("note"),
            sources: (fact["sources"]?.arrayValue ?? []).compactMap(\.stringValue))
    }
}
