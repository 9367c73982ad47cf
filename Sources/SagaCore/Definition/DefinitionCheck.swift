/// Definition and known operations in; a saga out, or every mistake in it.
///
/// Proves before a run starts: the operations exist, `with` fits their input, every expression reads something that is
/// there by then and of a type that fits.
public struct DefinitionCheck {
    /// The saga, when there is no error among the findings; warnings do not stand in the way.
    public let saga: Saga?
    /// Errors and warnings, in the order of the text.
    public let findings: [DefinitionError]

    public var errors: [DefinitionError] { findings.filter { $0.severity == .error } }
    public var warnings: [DefinitionError] { findings.filter { $0.severity == .warning } }

    public static let byteLimit = 4 << 20

    /// - Parameters:
    ///   - text: the definition's JSON.
    ///   - fallbackName: what a bare list of steps is called, the file's name say; made to fit.
    public init(_ text: String, fallbackName: String = "unnamed", catalog: any OperationCatalog) {
        (saga, findings) = Self.check(text, fallbackName: fallbackName, catalog: catalog)
    }

    private static func check(
        _ text: String, fallbackName: String, catalog: any OperationCatalog
    ) -> (Saga?, [DefinitionError]) {
        guard text.utf8.count <= byteLimit else {
            return (nil, [DefinitionError(.tooLarge(bytes: text.utf8.count, limit: byteLimit), at: "", position: nil)])
        }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: text)
        } catch {
            return (nil, [DefinitionError(.notJSON(error), at: "", position: error.position)])
        }
        let (saga, found) = check(document, text, fallbackName: name(from: fallbackName), catalog)
        let findings = found.sorted { ($0.position ?? .start) < ($1.position ?? .start) }
        return (findings.allSatisfy { $0.severity == .warning } ? saga : nil, findings)
    }

    private static func check(
        _ document: JSONDocument, _ text: String, fallbackName: String, _ catalog: any OperationCatalog
    ) -> (Saga?, [DefinitionError]) {
        var reader = DefinitionReader(document)
        guard let definition = reader.read(fallbackName: fallbackName) else { return (nil, reader.errors) }
        let others = reader.readOthers()
        let sagas = ([definition] + others).map { definition in
            var pass = CheckPass(reader, catalog)
            let saga = pass.check(definition, text: text)
            return (written: definition, saga: saga, findings: pass.findings)
        }
        var findings = sagas.flatMap(\.findings)
        let isUnderstood = findings.allSatisfy { $0.severity == .warning }
        for (written, saga, _) in sagas {
            let checked = CheckedSaga(written, saga)
            var proof = DefinitionProof(of: checked, in: document, catalog: catalog)
            if isUnderstood { proof.proveUse(of: checked) }
            findings += proof.findings
        }
        if isUnderstood { findings += DefinitionProof.unused(others, in: document) }
        var seen: Set<DefinitionError> = []
        return (sagas[0].saga, findings.filter { seen.insert($0).inserted })
    }

    /// A file's name made into a saga's: `my trip.json` becomes `my_trip`.
    static func name(from file: String) -> String {
        let stem = file.split(separator: "/").last.map { $0.hasSuffix(".json") ? $0.dropLast(5) : $0 } ?? ""
        let plain = stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" }
        let name = String(plain.drop { !$0.isLetter }.prefix(64))
        return name.isEmpty ? "unnamed" : name
    }
}

extension Saga {
    /// A saga for a run that exists already: the definition was checked when the run was made, and what plugins have
    /// become since does not undo that. Operations that are gone are nil; the run waits when it comes to them.
    ///
    /// Nil when the text is no definition at all: then the database was damaged.
    public init?(ofStored definition: String, fallbackName: String, catalog: any OperationCatalog) {
        guard let document = try? JSONDocument(parsing: definition) else { return nil }
        var reader = DefinitionReader(document)
        guard let read = reader.read(fallbackName: fallbackName) else { return nil }
        var pass = CheckPass(reader, catalog)
        self = pass.check(read, text: definition)
    }
}

extension JSONPosition {
    static let start = JSONPosition(line: 1, column: 1)

    static func < (left: JSONPosition, right: JSONPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
