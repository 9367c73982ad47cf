import Testing

@testable import CloudControl

@Suite struct BillingMoneyTests {
    @Test(arguments: [
        ("$1,234.56", 1_234_560_000), ("-$1,779.55", -1_779_550_000), ("$-12.34", -12_340_000),
        ("($12.34)", -12_340_000), ("12.34", 12_340_000), ("0.000123", 123), ("0", 0), ("-0.00", 0), ("+5", 5_000_000),
        (" $18.00 ", 18_000_000), ("(0.5)", -500_000), ("1,234,567", 1_234_567_000_000), ("0.10000000", 100_000),
        ("9,223,372,036,854.775807", Int64.max), ("-9,223,372,036,854.775808", Int64.min), ("007", 7_000_000),
    ])
    func `an amount is read to the millionth`(text: String, micros: Int64) throws {
        #expect(try Money(text).micros == micros)
    }

    @Test(arguments: [
        ("", "there is no amount; expected one like $1,234.56"),
        ("  ", "there is no amount; expected one like $1,234.56"),
        ("abc", "\"abc\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("$", "\"$\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("--1", "\"--1\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("-$-1", "\"-$-1\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("(-1)", "\"(-1)\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("(1", "\"(1\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("1.", "\"1.\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        (".5", "\".5\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("1.2.3", "\"1.2.3\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("1e3", "\"1e3\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("€5", "\"€5\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"),
        ("1,23", "the commas of \"1,23\" do not part it into groups of three digits; expected them as in $1,234.56"),
        (
            "1234,567",
            "the commas of \"1234,567\" do not part it into groups of three digits; expected them as in $1,234.56"
        ),
        (
            "0.0000001",
            "\"0.0000001\" has more than six decimals; expected a whole number of millionths of a dollar"
        ),
        (
            "9223372036854.775808",
            "\"9223372036854.775808\" is too large; expected less than 9,223,372,036,854.775808 dollars either way"
        ),
        (
            "99999999999999999999",
            "\"99999999999999999999\" is too large; expected less than 9,223,372,036,854.775808 dollars either way"
        ),
    ])
    func `what is no amount is refused with a sentence`(text: String, message: String) {
        #expect { _ = try Money(text) } throws: { ($0 as? MoneyError)?.message == message }
    }

    @Test(arguments: [
        (0, "0.00"), (1_234_560_000, "1234.56"), (-500_000, "-0.50"), (123, "0.000123"), (100, "0.0001"),
        (Int64.min, "-9223372036854.775808"), (Int64.max, "9223372036854.775807"),
    ])
    func `an amount is printed with two places at least`(micros: Int64, text: String) {
        #expect(Money(micros: micros).description == text)
    }

    @Test(
        arguments: [
            (0, "0.00"), (5000, "0.00"), (5001, "0.01"), (15_000, "0.02"), (25_000, "0.02"), (-5000, "0.00"),
            (-15_000, "-0.02"), (-4999, "0.00"), (12_345_678, "12.35"), (999_995_000, "1000.00"), (-1_005_000, "-1.00"),
            (Int64.max, "9223372036854.78"), (Int64.min, "-9223372036854.78"),
        ] as [(Int64, String)])
    func `an amount for a person is rounded to the cent, half to even`(micros: Int64, text: String) {
        #expect(Money(micros: micros).inCents == text)
    }

    @Test func `a sum that does not fit is refused`() {
        #expect(throws: MoneyError.self) { try Money(micros: .max).adding(Money(micros: 1)) }
        #expect(throws: MoneyError.self) { try Money(micros: .min).subtracting(Money(micros: 1)) }
        #expect(throws: Never.self) { try Money(micros: .max).adding(Money(micros: .min)) }
    }

    @Test func `ten thousand amounts are read back in every way they may be written`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the amounts: \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<10_000 {
            let money = Money(micros: Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random))
            let plain = money.description
            #expect(try Money(plain) == money, "seed \(seed)")
            let magnitude = plain.first == "-" ? String(plain.dropFirst()) : plain
            let grouped = Self.grouped(magnitude)
            for text in money.micros < 0
                ? ["-$\(grouped)", "$-\(grouped)", "($\(grouped))", "-\(grouped)", "(\(magnitude))", "\(plain)000000"]
                : ["$\(grouped)", grouped, "+\(plain)", " \(plain) ", "\(plain)000000"]
            {
                #expect(try Money(text) == money, "\"\(text)\", seed \(seed)")
            }
        }
    }

    private static func grouped(_ text: String) -> String {
        let dollars = Array(text.prefix { $0 != "." })
        var result = ""
        for (place, digit) in dollars.enumerated() {
            if place > 0, (dollars.count - place) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result + text.dropFirst(dollars.count)
    }
}
