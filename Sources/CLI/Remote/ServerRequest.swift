internal import SagaCore

/// A question to the API.
struct ServerRequest {
    var method = "GET"
    /// After `/api/v1`, not encoded. eg: ["runs", "019a…"]
    let path: [String]
    /// In their order; those without a value are left out.
    var query: [(name: String, value: String?)] = []
    var body: JSONObject?
    var headers: [(name: String, value: String)] = []

    static func get(_ path: String..., query: [(name: String, value: String?)] = []) -> ServerRequest {
        ServerRequest(path: path, query: query)
    }

    static func post(_ path: String..., body: JSONObject) -> ServerRequest {
        ServerRequest(method: "POST", path: path, body: body)
    }

    /// eg: "/api/v1/runs?status=failed&limit=50"
    var target: String {
        let pairs = query.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        return "/api/v1/" + path.map(Self.encoded).joined(separator: "/")
            + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map {
            $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "~") ? String(UnicodeScalar($0)) : escape($0)
        }
        .joined()
    }

    private static func escape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.count < 2 ? "0" : "") + digits
    }
}

extension UInt8 {
    /// A letter, a digit, `-` or `_`.
    var isWordByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}

/// A page of a list, as commands ask for it: more than the API gives at once is asked for page by page.
struct ServerList {
    let request: ServerRequest
    /// Where the rows are. eg: "runs"
    let key: String
    let limit: Int
    var cursor: String?

    /// Rows that the API gives at once, at most.
    static let page = 500
}
