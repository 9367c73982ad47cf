internal import SagaCore

/// The `$ref`s of an OpenAPI document: followed within the document, or brought along where a schema is compiled.
struct References: Sendable {
    private let components: JSONValue
    private static let schemas = "#/components/schemas/"

    init(_ document: JSONValue) { components = document["components"] ?? [:] }

    /// What stands there, or where it points to.
    func resolve(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.stringValue, reference.hasPrefix("#/components/") else { return value }
        var found: JSONValue? = components
        for part in reference.dropFirst("#/components/".count).split(separator: "/") { found = found?[String(part)] }
        return found.map(resolve) ?? [:]
    }

    /// Compiles a schema together with those it refers to, which become its `$defs`.
    func compile(_ schema: JSONValue, _ place: String) throws(APIDocumentProblem) -> JSONSchema {
        var needed: [String: JSONValue] = [:]
        let rewritten = rewrite(schema, &needed)
        guard case .object(var object) = rewritten else {
            throw APIDocumentProblem(message: "the schema of \(place) is no object")
        }
        if !needed.isEmpty {
            var definitions = JSONObject()
            for (name, schema) in needed.sorted(by: { $0.key < $1.key }) { definitions[name] = schema }
            object["$defs"] = .object(definitions)
        }
        do throws(JSONSchemaProblem) {
            return try JSONSchema(.object(object))
        } catch {
            throw APIDocumentProblem(message: "the schema of \(place) cannot be understood: \(error.message)")
        }
    }

    private func rewrite(_ value: JSONValue, _ needed: inout [String: JSONValue]) -> JSONValue {
        switch value {
        case .array(let items): return .array(items.map { rewrite($0, &needed) })
        case .object(let object):
            var rewritten = JSONObject()
            for (key, member) in object {
                guard !Self.annotations.contains(key) else { continue }
                guard key == "$ref", let name = member.stringValue, name.hasPrefix(Self.schemas) else {
                    rewritten[key] = rewrite(member, &needed)
                    continue
                }
                let short = String(name.dropFirst(Self.schemas.count))
                rewritten[key] = .string("#/$defs/\(short)")
                guard needed[short] == nil else { continue }
                needed[short] = true
                needed[short] = rewrite(components["schemas"]?[short] ?? true, &needed)
            }
            return .object(rewritten)
        default: return value
        }
    }

    /// They say nothing about values.
    private static let annotations: Set = ["examples", "example", "externalDocs", "xml", "discriminator"]
}
