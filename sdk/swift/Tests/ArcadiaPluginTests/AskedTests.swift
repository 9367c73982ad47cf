import ArcadiaPlugin
import Testing

@Suite struct AskedTests {
    @Test func `what was asked just now may still show, what was asked long ago may not`() {
        #expect(Asked.now.mayStillShow(within: .seconds(60)))
        #expect(!Asked(at: Asked.now.at - 61).mayStillShow(within: .seconds(60)))
        #expect(!Asked.now.mayStillShow(within: .zero))
    }

    @Test func `a clock that was set back makes nobody wait for ever`() {
        #expect(!Asked(at: Asked.now.at + 3600).mayStillShow(within: .seconds(60)))
    }
}
