import Testing

@testable import PluginHost

/// The limiter, on times that the tests choose.
@Suite struct RateWindowTests {
    @Test func `no minute ever holds more requests than allowed, whatever the pace`() {
        var window = RateWindow(perMinute: 5, perHour: 0)
        var random = SystemRandomNumberGenerator()
        var (now, made) = (Int64(0), [Int64]())
        for index in 0..<500 {
            now += Int64.random(in: 0...9000, using: &random)
            let turn = window.turn(for: "\(index)", now: now, patience: .max)
            #expect(turn >= now)
            made.append(turn)
        }
        for (first, sixth) in zip(made, made.dropFirst(5)) { #expect(sixth - first >= 60_000) }
    }

    @Test func `the hour's limit holds beside the minute's`() {
        var window = RateWindow(perMinute: 10, perHour: 25)
        let turns = (0..<50).map { window.turn(for: "\($0)", now: 0, patience: .max) }
        #expect(turns[9] == 0 && turns[10] == 60_500 && turns[24] == 121_000)
        #expect(turns[25] == 3_600_500)
    }

    @Test func `without limits everyone goes at once`() {
        var window = RateWindow(perMinute: 0, perHour: 0)
        #expect((0..<10_000).allSatisfy { window.turn(for: "\($0)", now: 7, patience: 0) == 7 })
    }

    @Test func `whoever is sent away finds the promised turn kept, and nobody else gets it`() {
        var window = RateWindow(perMinute: 1, perHour: 0)
        #expect(window.turn(for: "a", now: 0, patience: 0) == 0)
        #expect(window.turn(for: "b", now: 10, patience: 0) == 60_500)
        #expect(window.turn(for: "c", now: 20, patience: 0) == 121_000)
        // b asks again and again, which costs no further turn.
        #expect(window.turn(for: "b", now: 30, patience: 0) == 60_500)
        #expect(window.turn(for: "b", now: 60_500, patience: 0) == 60_500)
        #expect(window.turn(for: "d", now: 60_501, patience: 0) == 181_500)
        #expect(window.turn(for: "c", now: 121_500, patience: 0) == 121_500)
    }

    @Test func `a refusal keeps everyone away for as long as Retry-After says`() {
        var window = RateWindow(perMinute: 0, perHour: 0)
        window.note(isRefusal: true, retryAfter: 7, remaining: 0, resetIn: -500_000, now: 1000)
        #expect(window.turn(for: "a", now: 1000, patience: 0) == 8000)
        #expect(window.turn(for: "a", now: 8000, patience: 0) == 8000)
    }

    @Test func `a reset in the past says nothing: each refusal in a row doubles the pause, up to a minute or so`() {
        var window = RateWindow(perMinute: 0, perHour: 0)
        var now: Int64 = 0
        var pauses: [Int64] = []
        for _ in 0..<8 {
            window.note(isRefusal: true, retryAfter: nil, remaining: nil, resetIn: -10, now: now)
            let turn = window.turn(for: "a", now: now, patience: .max)
            pauses.append(turn - now)
            now = turn
        }
        #expect(pauses == [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 64_000])
        window.note(isRefusal: false, retryAfter: nil, remaining: 100, resetIn: -10, now: now)
        window.note(isRefusal: true, retryAfter: nil, remaining: nil, resetIn: nil, now: now)
        #expect(window.turn(for: "b", now: now, patience: .max) == now + 1000)
    }

    @Test func `an answer that says none are left is believed until its reset, a minute at most`() {
        var window = RateWindow(perMinute: 0, perHour: 0)
        window.note(isRefusal: false, retryAfter: nil, remaining: 0, resetIn: 20_000, now: 0)
        #expect(window.turn(for: "a", now: 0, patience: .max) == 20_000)
        window.note(isRefusal: false, retryAfter: nil, remaining: 0, resetIn: 3_000_000, now: 20_000)
        #expect(window.turn(for: "b", now: 20_000, patience: .max) == 80_000)
    }

    @Test func `nobody is sent away for longer than an hour`() {
        var window = RateWindow(perMinute: 0, perHour: 0)
        window.note(isRefusal: true, retryAfter: 86_400, remaining: nil, resetIn: nil, now: 0)
        #expect(window.turn(for: "a", now: 0, patience: .max) == 3_600_000)
    }
}
