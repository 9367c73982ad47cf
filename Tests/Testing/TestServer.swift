internal import Foundation
internal import Glibc
internal import SagaCore

/// A real HTTP server on a loopback port, that answers as a test says: also badly, late, or not at all.
public final class TestServer: Sendable {
    public struct Request: Sendable {
        public let method: String
        public let target: String
        /// Names in lower case.
        public let headers: [String: String]
        public let body: String
    }

    public enum Reply: Sendable {
        case answer(Int, body: String = "", headers: [String] = [])
        /// The connection is ended in order, without an answer.
        case close
        /// The connection is reset.
        case reset
        /// Half an answer, then the connection is ended.
        case half
        /// Nothing, until the other side gives up.
        case silence
    }

    public let port: Int
    public var url: String { "http://127.0.0.1:\(port)" }
    private let listener: Int32
    private let requestsSeen = Monitor<[Request]>([])
    private let connectionsSeen = Monitor(0)

    /// - Parameter reply: by the request and its number, from 0. Called on threads of the server.
    public init(_ reply: @escaping @Sendable (_ request: Request, _ number: Int) -> Reply) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, length) == 0 && listen(listener, 128) == 0)
                getsockname(listener, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        let (requests, connections) = (requestsSeen, connectionsSeen)
        startThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                connections.change { $0 += 1 }
                startThread { Self.serve(connection, requests, reply) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    public var requests: [Request] { requestsSeen.withLock { $0 } }
    public var connectionCount: Int { connectionsSeen.withLock { $0 } }

    /// Waits until so many requests have come; false after 20 s.
    public func waits(forRequests count: Int) -> Bool {
        requestsSeen.wait(milliseconds: 20_000) { $0.count >= count ? true : nil } ?? false
    }

    private static func serve(
        _ connection: Int32, _ seen: Monitor<[Request]>, _ reply: @Sendable (Request, Int) -> Reply
    ) {
        defer { Glibc.close(connection) }
        var buffer: [UInt8] = []
        while let request = read(connection, &buffer) {
            let number = seen.change { requests in
                requests.append(request)
                return requests.count - 1
            }
            switch reply(request, number) {
            case .answer(let status, let body, let headers):
                send(
                    connection, status: status, headers: headers, body: request.method == "HEAD" ? "" : body,
                    length: body.utf8.count)
            case .half:
                send(connection, status: 200, headers: [], body: "half of i", length: 18)
                return
            case .close: return
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return
            case .silence:
                var byte: UInt8 = 0
                _ = recv(connection, &byte, 1, 0)
                return
            }
        }
    }

    private static func send(_ connection: Int32, status: Int, headers: [String], body: String, length: Int) {
        let noBody = status == 204 || status == 304
        var lines = ["HTTP/1.1 \(status) Status"] + headers
        if !noBody { lines.append("Content-Length: \(length)") }
        let text = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (noBody ? "" : body)).utf8)
        var sent = 0
        while sent < text.count {
            let count = text.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    private static func read(_ connection: Int32, _ buffer: inout [UInt8]) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let split = buffer.firstRange(of: end) {
                let lines = String(decoding: buffer[..<split.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                let headers = lines.dropFirst().reduce(into: [String: String]()) { headers, line in
                    guard let colon = line.firstIndex(of: ":") else { return }
                    let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                    headers[line[..<colon].lowercased()] = value
                }
                let length = Int(headers["content-length"] ?? "0") ?? 0
                if buffer.count >= split.upperBound + length {
                    let body = String(decoding: buffer[split.upperBound..<split.upperBound + length], as: UTF8.self)
                    buffer.removeFirst(split.upperBound + length)
                    let words = lines[0].components(separatedBy: " ")
                    return Request(
                        method: words[0], target: words.count > 1 ? words[1] : "", headers: headers, body: body)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer.append(contentsOf: chunk[..<count])
        }
    }
}
