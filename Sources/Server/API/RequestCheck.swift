internal import HTTPTypes
internal import Identity
internal import SagaCore

/// A request as it came from the wire.
struct RawRequest: Sendable {
    let method: String
    /// Decoded; nil: the path is no text.
    let segments: [String]?
    let query: Substring
    let headers: HTTPFields
    var body: [UInt8]
    let address: String?

    init(method: String, target: String, headers: HTTPFields, body: [UInt8], address: String?) {
        self.method = method
        self.headers = headers
        self.body = body
        self.address = address
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        query = parts.count > 1 ? parts[1] : ""
        let path = parts.first ?? ""
        var segments: [String]? = []
        for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let decoded = percentDecoded(segment, plusIsSpace: false) else {
                segments = nil
                break
            }
            segments?.append(decoded)
        }
        // A slash at the end says nothing.
        if let last = segments?.last, last.isEmpty { segments?.removeLast() }
        self.segments = segments
    }

    func cookie(_ name: String) -> String? {
        for field in headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0].trimmed == name { return String(parts[1].trimmed) }
            }
        }
        return nil
    }
}

/// Holds a request against what the document says of it.
struct RequestCheck {
    let operation: APIOperation
    let request: RawRequest

    /// By name, with the defaults of what is not given.
    func parameters(path: [String: String]) throws(APIProblem) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        let query = try queryValues()
        for parameter in operation.parameters {
            let given: String? =
                switch parameter.place {
                case .path: path[parameter.name]
                case .query: query[parameter.name]
                case .header: HTTPField.Name(parameter.name).flatMap { request.headers[$0] }
                case .cookie: request.cookie(parameter.name)
                }
            guard let given else {
                guard !parameter.isRequired else {
                    throw APIProblem(400, "request.parameter", "`\(parameter.name)` is missing")
                }
                values[parameter.name] = parameter.standard
                continue
            }
            values[parameter.name] = try value(given, of: parameter)
        }
        return values
    }

    private func queryValues() throws(APIProblem) -> [String: String] {
        var values: [String: String] = [:]
        let known = operation.parameters.filter { $0.place == .query }.map(\.name)
        for pair in request.query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = percentDecoded(parts[0], plusIsSpace: true),
                let value = percentDecoded(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { throw APIProblem(400, "request.query", "the query of the address is not percent-encoded UTF-8") }
            guard known.contains(name) else {
                let hint =
                    closest(to: name, among: known).map { "did you mean `\($0)`?" }
                    ?? (known.isEmpty ? "it takes none" : "it takes \(known.map { "`\($0)`" }.joined(separator: ", "))")
                throw APIProblem(
                    400, "request.parameter", "\(operation.method.rawValue) \(operation.path) takes no `\(name)`",
                    hint: hint)
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw APIProblem(400, "request.parameter", "`\(name)` is given twice; expected once")
            }
        }
        return values
    }

    private func value(_ text: String, of parameter: APIParameter) throws(APIProblem) -> JSONValue {
        let value: JSONValue =
            parameter.isList
            ? .array(
                text.split(separator: ",", omittingEmptySubsequences: false).map { Self.typed(String($0), parameter) })
            : Self.typed(text, parameter)
        guard let violation = parameter.schema.violations(of: value).first else { return value }
        let status = parameter.place == .path ? 404 : 400
        if status == 404 {
            throw APIProblem(404, "request.unknown", "there is nothing called \"\(cut(text))\" here")
        }
        throw APIProblem(
            status, "request.parameter", "`\(parameter.name)` is \"\(cut(text))\": \(violation.message)")
    }

    /// Text is all that an address can hold: what reads as the type is one.
    private static func typed(_ text: String, _ parameter: APIParameter) -> JSONValue {
        switch parameter.type {
        case "integer": Int64(text).map(JSONValue.int) ?? .string(text)
        case "number": (try? JSONValue(parsing: text)) ?? .string(text)
        case "boolean": text == "true" ? true : text == "false" ? false : .string(text)
        default: .string(text)
        }
    }

    /// The body; nil where none is taken.
    func body() throws(APIProblem) -> JSONValue? {
        guard let body = operation.body else { return nil }
        guard !request.body.isEmpty else {
            guard body.isRequired else { return nil }
            throw APIProblem(
                400, "request.body", "the request has no body; expected a JSON object",
                hint: "`Content-Type: application/json`")
        }
        let type = request.headers[.contentType]?.split(separator: ";").first?.trimmed.lowercased() ?? "nothing"
        guard type == "application/json" else {
            throw APIProblem(415, "request.media_type", "the body is \(cut(type)); expected application/json")
        }
        let value = try parsed(request.body)
        let violations = body.schema.violations(of: value)
        guard let first = violations.first else { return value }
        throw unsound(first, violations)
    }

    private func parsed(_ bytes: [UInt8]) throws(APIProblem) -> JSONValue {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw APIProblem(400, "request.json", "the body is not UTF-8")
        }
        do throws(JSONError) {
            return try JSONDocument(parsing: text).value
        } catch {
            throw APIProblem(
                400, "request.json",
                "the body, line \(error.position.line), column \(error.position.column): \(error.message)")
        }
    }

    private func unsound(_ first: SchemaViolation, _ violations: [SchemaViolation]) -> APIProblem {
        var problem = APIProblem(422, "request.\(first.fact.code)", first.message, at: first.at.description)
        if violations.count > 1 {
            problem.findings = violations.prefix(100).map { violation in
                [
                    "code": .string("request.\(violation.fact.code)"), "message": .string(violation.message),
                    "at": .string(violation.at.description),
                ]
            }
        }
        return problem
    }

    private func cut(_ text: String) -> String {
        let plain = String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
        return plain.count > 60 ? plain.prefix(60) + "…" : plain
    }
}

/// Percent-encoded text (RFC 3986); nil for what is broken off or is not UTF-8.
func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
        switch byte {
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        case UInt8(ascii: "%"):
            guard let high = rest.next().flatMap(hexDigit), let low = rest.next().flatMap(hexDigit) else { return nil }
            bytes.append(high << 4 | low)
        default: bytes.append(byte)
        }
    }
    guard !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

extension StringProtocol {
    /// Without spaces at either end.
    var trimmed: SubSequence {
        let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
        let end = lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start
        return start < end ? self[start..<end] : self[start..<start]
    }
}
