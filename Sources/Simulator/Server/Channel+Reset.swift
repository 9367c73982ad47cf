internal import Glibc
internal import NIOCore

extension Channel {
    /// Ends the connection so that the client sees a reset (RST), not an end: what is unsent is thrown away.
    func reset() async throws {
        if let socket = self as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await close()
    }
}
