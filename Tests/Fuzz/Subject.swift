internal import DefinitionGrammar
internal import Foundation
internal import SagaCore

/// What a definition goes through before a run: read, checked, explained, laid out, compared, planned, drawn.
struct Subject: Sendable {
    static let shared = Subject()

    private let judges: SchemaJudges

    /// The operations of the plugins shipped, from their manifests in this folder.
    private init() {
        let files = ["core", "files", "digitalocean"].map { "Plugins/\($0)/plugin.json" }
        do {
            let manifests = try files.map { file in
                guard let bytes = FileManager.default.contents(atPath: file) else {
                    fatalError("\(file) is not there; expected to be started in the project's folder")
                }
                return try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
            }
            judges = SchemaJudges(
                try KnownOperations(manifests: manifests + [JSONValue(parsing: SignalOperations.manifest)]))
        } catch {
            fatalError("a manifest does not read: \(error)")
        }
    }

    func take(_ bytes: UnsafeRawBufferPointer) {
        let text = String(decoding: bytes, as: UTF8.self)
        let check = DefinitionCheck(text, fallbackName: "fuzz", catalog: judges.catalog)
        say(check, of: text)
        guard let value = try? JSONValue(parsing: text) else { return }
        layOut(text, value, check)
        // Takes as long as all the others together.
        if bytes.count % 4 == 0 { compareWithSchema(value, check) }
        bundle(text)
        if let saga = check.saga { PlanSubject(saga, check.warnings).go() }
    }

    /// Every finding has words, a place that exists and an explanation.
    private func say(_ check: DefinitionCheck, of text: String) {
        for finding in check.findings {
            demand(!finding.message.isEmpty, "a finding has no words")
            demand(Explanation.find(finding.code) != nil, "\(finding.code) is explained nowhere")
        }
        demand((check.saga == nil) == !check.errors.isEmpty, "there is a saga or an error")
        _ = JSONValue.object(check.report(on: text)).text
    }

    /// What is laid out says the same, and is laid out already.
    private func layOut(_ text: String, _ value: JSONValue, _ check: DefinitionCheck) {
        do {
            let laidOut = try DefinitionLayout(text).text
            demand(try JSONValue(parsing: laidOut) == value, "laid out, it says something else")
            demand(try DefinitionLayout(laidOut).text == laidOut, "laid out twice, it looks otherwise")
            let again = DefinitionCheck(laidOut, fallbackName: "fuzz", catalog: judges.catalog)
            demand(codes(again) == codes(check), "laid out, it is judged otherwise")
            let diff = DefinitionDiff(
                from: try DefinitionDiff.Side(label: "a", text: text),
                to: try DefinitionDiff.Side(label: "b", text: laidOut))
            demand(diff.isEmpty && diff.keys.isEmpty && diff.steps.isEmpty, "it differs from itself")
            _ = diff.json.text
        } catch {
            fatalError("laid out, it does not read: \(error)")
        }
    }

    private func codes(_ check: DefinitionCheck) -> [String] { check.findings.map(\.code).sorted() }

    /// Of a saga within that nobody names, only the schema sees what is wrong; and what is amiss with an expression can
    /// be a mistake of shape to the schema and another one to the check.
    private func compareWithSchema(_ value: JSONValue, _ check: DefinitionCheck) {
        let violations = judges.violations(of: value)
        _ = violations.map(\.message)
        guard value["definitions"] == nil, value["bundled"] == nil,
            let disagreement = judges.disagreement(on: value, check, violations)
        else { return }
        let isOfExpressions = violations.isEmpty ? value.hasSeveralExpressions : !check.errors.isEmpty
        if !isOfExpressions { fatalError("\(disagreement)") }
    }

    /// Sagas that name themselves, too.
    private func bundle(_ text: String) {
        let bundle = DefinitionBundle.text(of: text, library: Library(text: text))
        demand((try? JSONValue(parsing: bundle)) != nil, "what was brought along does not read")
        _ = DefinitionCheck(bundle, fallbackName: "fuzz", catalog: judges.catalog)
        let entry = DefinitionEntry(shippedBy: "fuzz", name: "fuzz", text: text)
        _ = JSONValue.object(entry.document).text
    }

    private struct Library: DefinitionLibrary {
        let text: String
        func text(of name: String, version: String?) -> String? { text }
    }
}

/// Ends the process where that is not so.
func demand(_ isSo: Bool, _ complaint: @autoclosure () -> String) {
    if !isSo { fatalError(complaint()) }
}

extension JSONValue {
    /// In one of its texts: to a schema, that looks like one expression.
    fileprivate var hasSeveralExpressions: Bool {
        switch self {
        case .string(let text): text.split(separator: "${", omittingEmptySubsequences: false).count > 2
        case .array(let items): items.contains(where: \.hasSeveralExpressions)
        case .object(let object): object.contains { $0.value.hasSeveralExpressions }
        default: false
        }
    }
}
