internal import CServerPage
internal import HTTPTypes
internal import SagaCore

/// The operator's page: a few files that are part of the program.
struct Page: Sendable {
    struct Asset: Sendable {
        /// eg: "app.js"
        let name: String
        let bytes: [UInt8]
        let type: String
        let tag: String
    }

    private let assets: [String: Asset]
    /// Nothing from elsewhere, nothing inline, no text that becomes code, and in nobody's frame.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

    init() {
        var assets: [String: Asset] = [:]
        for index in 0..<arcadia_page_count() {
            let file = arcadia_page_file(index)
            let name = String(cString: file.name)
            let bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
            assets[name] = Asset(
                name: name, bytes: bytes, type: Self.type(of: name), tag: "\"\(bytes.contentHash.prefix(32))\"")
        }
        self.assets = assets
    }

    /// What the API's document says.
    var document: [UInt8] { assets["openapi.json"]?.bytes ?? [] }
    var docs: Asset? { assets["docs.html"] }

    /// The file at an address; every address that is no file's and not the API's shows the page, which finds its own way.
    func asset(_ target: String) -> Asset? {
        let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard !path.hasPrefix("/api/"), path != "/api", path != "/metrics" else { return nil }
        guard path.hasPrefix("/page/") else { return assets["index.html"] }
        return assets[String(path.dropFirst("/page/".count))]
    }

    func answer(_ asset: Asset, _ headers: HTTPFields) -> APIAnswer {
        let own = [
            "ETag": asset.tag, "Cache-Control": "no-cache", "Content-Security-Policy": Self.policy,
            "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
        ]
        guard headers[.ifNoneMatch] != asset.tag else { return APIAnswer(status: 304, .none, headers: own) }
        return APIAnswer(.bytes(asset.bytes, type: asset.type), headers: own)
    }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "json": "application/json"
        case "webmanifest": "application/manifest+json"
        default: "application/octet-stream"
        }
    }
}
