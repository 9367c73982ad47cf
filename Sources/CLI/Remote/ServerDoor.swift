internal import SagaCore

/// The way from a command to its server. Where there is one, the database of this machine is out of reach: so no command
/// answers from the wrong one.
final class ServerDoor: Sendable {
    private let place: Result<ServerPlace?, Failure>
    private let made = Monitor<ServerConnection?>(nil)

    init(_ options: ServerOptions, _ host: HostOptions) {
        place = Result { () throws(Failure) in try ServerPlace.chosen(options, host) }
    }

    /// Of a command that takes no server.
    static let closed = ServerDoor(place: .success(nil))

    private init(place: Result<ServerPlace?, Failure>) { self.place = place }

    /// Of a command that has no counterpart on a server. A context in use does not keep it from its work.
    init(closed options: ServerOptions) {
        let given = options.server ?? options.context ?? ""
        place = options.isGiven ? .failure(Failure(ServerTrouble.onlyHere(server: given))) : .success(nil)
    }

    /// Nil: the database of this machine is to be asked.
    func connection() throws(Failure) -> ServerConnection? {
        guard let place = try place.get() else { return nil }
        return try made.withLock { made throws(Failure) in
            if let made { return made }
            let connection = try ServerConnection(place)
            made = connection
            return connection
        }
    }

    /// - Throws: where a server is chosen.
    func beClosed() throws(Failure) {
        if let place = try place.get() { throw Failure(ServerTrouble.onlyHere(server: place.words)) }
    }
}
