internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// `arcadia-bare METHOD PATH ANSWER`: one route that answers the bytes of a file, on any port of loopback: what the library
/// under our server costs by itself. The file holds an answer as it came over the wire.
@main
struct Main {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 4, let method = HTTPRequest.Method(words[1]) else {
            print("usage: arcadia-bare METHOD PATH ANSWER")
            exit(64)
        }
        let answer = try Answer(Data(contentsOf: URL(fileURLWithPath: words[3])))
        let router = Router()
        router.on(RouterPath(words[2]), method: method) { request, _ in
            // A server that answers a submission has read it.
            _ = try await request.body.collect(upTo: 1 << 20)
            return Response(
                status: answer.status, headers: answer.headers, body: ResponseBody(byteBuffer: answer.body))
        }
        var logger = Logger(label: "bare")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 1024),
            onServerRunning: { channel in
                print("listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
                fflush(nil)
            }, logger: logger)
        try await application.runService()
    }
}

/// An answer as it came over the wire.
private struct Answer {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: ByteBuffer

    init(_ wire: Data) throws {
        guard let gap = wire.range(of: Data("\r\n\r\n".utf8)) else { throw CocoaError(.fileReadCorruptFile) }
        let lines = String(decoding: wire[..<gap.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = HTTPResponse.Status(code: Int(lines[0].split(separator: " ")[1]) ?? 500)
        var headers = HTTPFields()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { continue }
            headers[name] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        self.headers = headers
        body = ByteBuffer(bytes: wire[gap.upperBound...])
    }
}
