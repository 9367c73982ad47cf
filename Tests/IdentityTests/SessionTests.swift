import SagaCore
import Testing

@testable import Identity

@Suite struct SessionTests {
    private let now = Forge.now

    private func identity(_ subject: String = "ada", for milliseconds: Int64 = 86_400_000) -> Identity {
        Identity(subject: subject, role: .operator, tenant: "acme", tokenID: nil, expiresAt: now + milliseconds)
    }

    @Test func `a login code is good once, for five minutes, and no other code is good`() {
        let codes = LoginCodes()
        let code = codes.make(for: identity(), at: now)
        #expect(code.utf8.count == 43)
        #expect(codes.redeem(code + "x", at: now) == nil && codes.redeem("", at: now) == nil)
        #expect(codes.redeem(code, at: now + 299_999) == identity())
        #expect(codes.redeem(code, at: now + 299_999) == nil)
        let late = codes.make(for: identity(), at: now)
        #expect(codes.redeem(late, at: now + 300_000) == nil)
        #expect(codes.redeem(late, at: now) == nil)
    }

    @Test func `a code is no longer good when the identity behind it has expired`() {
        let codes = LoginCodes()
        let code = codes.make(for: identity(for: 1000), at: now)
        #expect(codes.redeem(code, at: now + 1000) == nil)
    }

    @Test func `codes that nobody uses do not pile up`() {
        let codes = LoginCodes(most: 3)
        let all = (0..<5).map { codes.make(for: identity("u\($0)"), at: now + Int64($0)) }
        #expect(all.map { codes.redeem($0, at: now + 10)?.subject } == [nil, nil, "u2", "u3", "u4"])
    }

    @Test func `a session ends when it is idle, when it is old, and with its identity`() {
        let sessions = Sessions(idle: 60, longest: 200)
        let idle = sessions.start(identity(), at: now)
        #expect(sessions.find(idle, at: now + 59_999) != nil)
        #expect(sessions.find(idle, at: now + 119_998) != nil)
        #expect(sessions.find(idle, at: now + 179_998) == nil)
        let old = sessions.start(identity(), at: now)
        for second: Int64 in stride(from: 0, to: 200, by: 40) {
            #expect(sessions.find(old, at: now + second * 1000) != nil)
        }
        #expect(sessions.find(old, at: now + 200_000) == nil)
        let short = sessions.start(identity(for: 10_000), at: now)
        #expect(sessions.find(short, at: now + 9_999)?.endsAt == now + 10_000)
        #expect(sessions.find(short, at: now + 10_000) == nil)
        #expect(sessions.find(short, at: now) == nil)
    }

    @Test func `a session is found by its id alone, and can be ended, one or all of somebody's`() {
        let sessions = Sessions()
        let ids = ["ada", "ada", "bob"].map { sessions.start(identity($0), at: now) }
        #expect(Set(ids).count == 3)
        #expect(sessions.find("ada", at: now) == nil && sessions.find("", at: now) == nil)
        sessions.end(ids[0])
        #expect(ids.map { sessions.find($0, at: now)?.identity.subject } == [nil, "ada", "bob"])
        sessions.endAll(of: "ada")
        #expect(ids.map { sessions.find($0, at: now)?.identity.subject } == [nil, nil, "bob"])
    }

    @Test func `the csrf token is the session's own and the same on every page`() throws {
        let sessions = Sessions()
        let (one, other) = (sessions.start(identity(), at: now), sessions.start(identity(), at: now))
        let session = try #require(sessions.find(one, at: now))
        let token = session.csrfToken
        #expect(try #require(sessions.find(one, at: now + 1)).isOurs(csrfToken: token))
        #expect(try #require(sessions.find(other, at: now)).isOurs(csrfToken: token) == false)
        #expect(!session.isOurs(csrfToken: "") && !session.isOurs(csrfToken: one))
        #expect(token != one && !token.contains(one))
    }

    @Test func `one session more than there may be ends the one that was idle longest`() {
        let sessions = Sessions(most: 2)
        let first = sessions.start(identity("a"), at: now)
        let second = sessions.start(identity("b"), at: now + 1)
        #expect(sessions.find(first, at: now + 2) != nil)
        let third = sessions.start(identity("c"), at: now + 3)
        #expect([first, second, third].map { sessions.find($0, at: now + 4) != nil } == [true, false, true])
    }
}
