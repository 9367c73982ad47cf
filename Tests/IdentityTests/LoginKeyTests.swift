import Identity
import SagaCore
import Testing

/// Login codes that the operator of a machine makes with the server's key.
@Suite struct LoginKeyTests {
    private let key = LoginKey()
    private let now = Timestamp(milliseconds: 1_795_255_200_000)

    @Test func `a code made with the key lets its subject in, once`() throws {
        let codes = LoginCodes(key: key)
        let code = key.makeCode(for: "ada", at: now)
        let identity = try #require(codes.redeem(code, at: now + 1000))
        #expect(identity.subject == "ada" && identity.role == .platformAdmin && identity.tenant == nil)
        #expect(identity.expiresAt == now + 1000 + 12 * 3_600_000)
        #expect(codes.redeem(code, at: now + 2000) == nil)
        #expect(codes.redeem(key.makeCode(for: "ada", at: now), at: now) != nil)
    }

    @Test func `after five minutes it lets nobody in, nor does one from a clock that is ahead`() {
        let code = key.makeCode(for: "ada", at: now)
        #expect(LoginCodes(key: key).redeem(code, at: now + 299_999) != nil)
        #expect(LoginCodes(key: key).redeem(code, at: now + 300_000) == nil)
        #expect(LoginCodes(key: key).redeem(key.makeCode(for: "ada", at: now + 1000), at: now) == nil)
    }

    @Test func `a code of another key, and one changed in any letter, lets nobody in`() {
        let code = key.makeCode(for: "ada", at: now)
        #expect(LoginCodes(key: LoginKey()).redeem(code, at: now) == nil)
        #expect(LoginCodes().redeem(code, at: now) == nil)
        let codes = LoginCodes(key: key)
        for index in code.indices {
            var other = code
            other.replaceSubrange(index...index, with: code[index] == "A" ? "B" : "A")
            #expect(codes.redeem(other, at: now) == nil)
        }
        for text in ["", "A", "a.b.c.d", code + "A", "A" + code, String(code.dropLast(8))] {
            #expect(codes.redeem(text, at: now) == nil)
        }
    }

    @Test func `a key is read back from its text, and what is none is not taken for one`() {
        #expect(LoginKey(text: key.text) == key)
        for text in ["", "short", key.text + "A", String(key.text.dropLast())] { #expect(LoginKey(text: text) == nil) }
    }
}
