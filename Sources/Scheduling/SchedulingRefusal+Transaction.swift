internal import Storage

extension Database {
    /// One transaction on the connection that writes. A refusal thrown in it comes out as itself; nothing is written then.
    func transaction<Result>(_ body: (any Connection) throws -> Result) throws -> Result {
        // A database words every error it meets as its own.
        var refusal: SchedulingRefusal?
        do {
            return try write { connection in
                try connection.transaction {
                    do {
                        return try body(connection)
                    } catch {
                        refusal = error as? SchedulingRefusal
                        throw error
                    }
                }
            }
        } catch {
            throw refusal ?? error
        }
    }
}
