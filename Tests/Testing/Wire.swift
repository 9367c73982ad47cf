internal import Foundation
internal import Glibc
public import SagaCore

/// A connection to 127.0.0.1 over which any bytes can be sent, also those that no client would send.
public final class Wire: @unchecked Sendable {
    public struct Answer: Sendable {
        public let status: Int
        /// By their names in small letters; a second one of a name is added after a comma.
        public let headers: [String: String]
        public let body: String

        public var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        public var code: String { json["error"]?["code"]?.stringValue ?? "" }
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Nil: nobody listens there, or nobody takes the connection.
    public init?(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            return nil
        }
    }

    deinit { Glibc.close(descriptor) }

    /// False: the other end does not take any more.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Nothing more is sent; what comes can be read.
    public func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Gone without a word of farewell: the other end gets a reset.
    public func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: - Reading

    /// A few more bytes; false: the other end has closed.
    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        received += chunk[..<count]
        return true
    }

    /// Waits until something can be read, or for so long; true: something can.
    public func isReadable(within milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, milliseconds) > 0
    }

    /// Everything up to the end of the connection.
    public func readToEnd() -> String {
        while receive() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// What comes up to and with `text`; nil: the other end closed before.
    public func read(until text: String) -> String? {
        let wanted = Array(text.utf8)
        while true {
            if let found = received.firstRange(of: wanted) {
                defer { received.removeFirst(found.upperBound) }
                return String(decoding: received[..<found.upperBound], as: UTF8.self)
            }
            guard receive() else { return nil }
        }
    }

    private func read(bytes count: Int) -> String? {
        while received.count < count { guard receive() else { return nil } }
        defer { received.removeFirst(count) }
        return String(decoding: received[..<count], as: UTF8.self)
    }

    /// Status and headers; the body is still to come. Nil: the other end closed before.
    public func head() -> Answer? {
        guard let head = read(until: "\r\n\r\n") else { return nil }
        let lines = head.components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            headers[line[..<colon].lowercased(), default: ""] +=
                headers[line[..<colon].lowercased()] == nil ? value : ", " + value
        }
        return Answer(
            status: lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0, headers: headers,
            body: "")
    }

    /// The next answer; nil: the other end closed before it was whole.
    public func answer() -> Answer? {
        guard let head = head() else { return nil }
        let body: String?
        if head.headers["transfer-encoding"] == "chunked" {
            body = chunks()
        } else if let length = head.headers["content-length"].flatMap({ Int($0) }) {
            body = read(bytes: length)
        } else {
            body = head.status == 204 || head.status == 304 ? "" : readToEnd()
        }
        return body.map { Answer(status: head.status, headers: head.headers, body: $0) }
    }

    private func chunks() -> String? {
        var body = ""
        while let chunk = chunk() {
            if chunk.isEmpty { return body }
            body += chunk
        }
        return nil
    }

    /// One chunk of a body in chunks; empty: it was the last. Nil: the other end closed before.
    public func chunk() -> String? {
        guard let line = read(until: "\r\n"), let size = Int(line.dropLast(), radix: 16) else { return nil }
        guard let chunk = read(bytes: size), read(until: "\r\n") != nil else { return nil }
        return chunk
    }

    /// One request as clients make them, and its answer.
    public func ask(_ method: String, _ target: String, _ headers: [(String, String)] = [], body: String = "")
        -> Answer?
    {
        send(Self.request(method, target, headers, body: body))
        return answer()
    }

    /// Its text.
    public static func request(
        _ method: String, _ target: String, _ headers: [(String, String)] = [], body: String = ""
    ) -> String {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty { head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        return head + "\r\n" + body
    }
}
