import Foundation
import Glibc

/// What came back over one connection.
struct Exchange: Sendable {
    enum End: Sendable {
        /// The other side ended the connection in order.
        case closed
        case reset
    }

    /// nil when nothing came.
    var status: Int?
    /// By name in small letters.
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    let end: End

    /// Reads an answer of HTTP/1.1 that ends with the connection.
    init(_ bytes: [UInt8], end: End) {
        self.end = end
        guard let gap = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
        let head = String(decoding: bytes[..<gap.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = Int(head[0].split(separator: " ")[1])
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        body = Array(bytes[gap.upperBound...])
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A connection for every request, straight on sockets: it shows what a comfortable client hides.
enum HTTPClient {
    static func send(
        _ method: String, _ target: String, port: Int, headers: [String: String] = [:], body: String? = nil
    ) async -> Exchange {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        let request = Array((head + "\r\n" + (body ?? "")).utf8)
        return await withCheckedContinuation { continuation in
            // A thread of its own: the simulator needs the ones that tests share.
            Thread.detachNewThread { continuation.resume(returning: exchange(request, port: port)) }
        }
    }

    private static func exchange(_ request: [UInt8], port: Int) -> Exchange {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(connected == 0, "cannot connect to port \(port)")
        _ = Glibc.send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
        return receive(descriptor)
    }

    private static func receive(_ descriptor: Int32) -> Exchange {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return Exchange(bytes, end: count == 0 ? .closed : .reset) }
            bytes += buffer[..<count]
        }
    }
}
