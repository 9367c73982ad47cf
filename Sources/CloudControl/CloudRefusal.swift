internal import Storage

/// Why the books of the cloud account did not do what was asked: a code for programs, a sentence for people.
///
/// Each context has its own enum of facts; this is what they have in common.
public protocol CloudRefusal: Error, Sendable {
    /// Stable, with its context before the dot. eg: "drift.not_open"
    var code: String { get }
    /// Says what is, then what was expected.
    var message: String { get }
    /// The one next thing to do, where there is one.
    var hint: String? { get }
}

extension Database {
    /// One transaction on the connection that writes. A refusal thrown in it comes out as itself; nothing is written then.
    func transaction<Result>(_ body: (any Connection) throws -> Result) throws -> Result {
        var refusal: (any CloudRefusal)?
        do {
            return try write { connection in
                try connection.transaction { try noting(&refusal) { try body(connection) } }
            }
        } catch {
            throw refusal ?? error
        }
    }

    /// One snapshot. A refusal thrown in it comes out as itself.
    func snapshot<Result>(_ body: (any Connection) throws -> Result) throws -> Result {
        var refusal: (any CloudRefusal)?
        do {
            return try read { connection in try noting(&refusal) { try body(connection) } }
        } catch {
            throw refusal ?? error
        }
    }
}

/// A database words every error it meets as its own; a refusal is kept aside on its way through.
private func noting<Result>(_ refusal: inout (any CloudRefusal)?, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch {
        refusal = error as? any CloudRefusal
        throw error
    }
}
