public import SagaCore

/// The OpenAPI document, as the server goes by it: which requests there are, what they hold, who may make them.
///
/// The document is the one place where this is said. A request is held against it before a handler sees it, so that what
/// is described and what is done cannot part.
public struct APIDocument: Sendable {
    public let source: JSONValue
    /// In the order of the document.
    public let operations: [APIOperation]
    private let tree: PathTree

    /// - Throws: the first thing that cannot be understood, with its place.
    public init(_ source: JSONValue) throws(APIDocumentProblem) {
        self.source = source
        let references = References(source)
        var operations: [APIOperation] = []
        var tree = PathTree()
        for (path, item) in source["paths"]?.objectValue ?? [:] {
            for (method, described) in item.objectValue ?? [:] {
                guard let method = APIMethod(rawValue: method.uppercased()) else { continue }
                let operation = try APIOperation(
                    method: method, path: path, described, shared: item["parameters"]?.arrayValue ?? [], references)
                tree.insert(path, method, operations.count)
                operations.append(operation)
            }
        }
        self.operations = operations
        self.tree = tree
    }

    enum Match {
        case operation(APIOperation, path: [String: String])
        /// The path is there, but not for this method.
        case otherMethod(allowed: [APIMethod])
        case nothing
    }

    /// - Parameter segments: of the path, decoded.
    func match(_ method: APIMethod?, _ segments: [String]) -> Match {
        guard let found = tree.find(segments) else { return .nothing }
        guard let method, let index = found.operations[method] else {
            return .otherMethod(allowed: found.operations.keys.sorted { $0.rawValue < $1.rawValue })
        }
        let operation = operations[index]
        let path = Dictionary(uniqueKeysWithValues: zip(operation.pathNames, found.values))
        return .operation(operation, path: path)
    }
}

public enum APIMethod: String, Sendable, Hashable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"

    /// Changes nothing.
    var isSafe: Bool { self == .get }
}

public struct APIDocumentProblem: Error, Sendable, Hashable {
    /// A sentence, with the place.
    public let message: String
}

/// What the document says of one request.
public struct APIOperation: Sendable {
    public let id: String
    public let method: APIMethod
    public let path: String
    /// The names in braces, in the order of the path.
    public let pathNames: [String]
    public let parameters: [APIParameter]
    public let body: APIBody?
    /// Nil: any role.
    public let permission: String?
    /// Needs no token.
    public let isPublic: Bool
    /// Its answer has an ETag.
    public let hasETag: Bool
    /// The answers described. eg: [200, 304, 401]
    public let statuses: [Int]

    init(
        method: APIMethod, path: String, _ described: JSONValue, shared: [JSONValue], _ references: References
    ) throws(APIDocumentProblem) {
        guard let id = described["operationId"]?.stringValue else {
            throw APIDocumentProblem(message: "\(method.rawValue) \(path) has no operationId")
        }
        self.id = id
        self.method = method
        self.path = path
        pathNames = path.split(separator: "/").compactMap {
            $0.hasPrefix("{") ? String($0.dropFirst().dropLast()) : nil
        }
        var parameters: [APIParameter] = []
        for written in shared + (described["parameters"]?.arrayValue ?? []) {
            parameters.append(try APIParameter(references.resolve(written), of: id, references))
        }
        self.parameters = parameters
        body = try described["requestBody"].map { body throws(APIDocumentProblem) in
            try APIBody(references.resolve(body), of: id, references)
        }
        permission = described["x-arcadia-permission"]?.stringValue
        isPublic = described["security"]?.arrayValue?.isEmpty ?? false
        let responses = described["responses"]?.objectValue ?? [:]
        statuses = responses.compactMap { Int($0.0) }
        hasETag = responses["200"].map { references.resolve($0)["headers"]?["ETag"] != nil } ?? false
    }
}

/// A parameter of a request.
public struct APIParameter: Sendable {
    enum Place: String { case path, query, header, cookie }

    public let name: String
    let place: Place
    let isRequired: Bool
    /// Several values in one text, with commas between.
    let isList: Bool
    /// The type of the value, or of the list's items.
    let type: String
    let standard: JSONValue?
    let schema: JSONSchema

    init(_ written: JSONValue, of operation: String, _ references: References) throws(APIDocumentProblem) {
        guard let name = written["name"]?.stringValue,
            let place = written["in"]?.stringValue.flatMap(Place.init(rawValue:)), let schema = written["schema"]
        else { throw APIDocumentProblem(message: "a parameter of \(operation) has no name, place or schema") }
        self.name = name
        self.place = place
        isRequired = written["required"]?.boolValue ?? false
        let resolved = references.resolve(schema)
        isList = resolved["type"]?.stringValue == "array"
        let item = isList ? references.resolve(resolved["items"] ?? [:]) : resolved
        type = item["type"]?.stringValue ?? "string"
        standard = resolved["default"]
        self.schema = try references.compile(schema, "parameter \(name) of \(operation)")
    }
}

/// What a request carries.
public struct APIBody: Sendable {
    let isRequired: Bool
    let schema: JSONSchema

    init(_ written: JSONValue, of operation: String, _ references: References) throws(APIDocumentProblem) {
        guard let schema = written["content"]?["application/json"]?["schema"] else {
            throw APIDocumentProblem(message: "the body of \(operation) is not described as application/json")
        }
        isRequired = written["required"]?.boolValue ?? false
        self.schema = try references.compile(schema, "the body of \(operation)")
    }
}
