/// A regular expression of a schema, compiled; it may match anywhere in a text unless it says `^` and `$`.
///
/// Swift's expressions are a superset of what schemas use of ECMAScript's, but for `--`, `&&`, `~~` and a bare `[`
/// inside a character class, which have a meaning of their own.
struct SchemaPattern: @unchecked Sendable {
    // `Regex` is not Sendable because a RegexBuilder closure may be part of one. One made from text has none, and its
    // only mutable part, the program compiled at the first match, is compiled in `init`, before anyone can share it.
    private let regex: Regex<AnyRegexOutput>
    let text: String

    /// Nil when the text is no regular expression.
    init?(_ text: String) {
        guard let regex = try? Regex(text) else { return nil }
        self.text = text
        // As ECMAScript does: match code points, and let \d and \w mean ASCII.
        self.regex = regex.matchingSemantics(.unicodeScalar).asciiOnlyDigits().asciiOnlyWordCharacters()
        _ = matches("")
    }

    func matches(_ text: String) -> Bool {
        // Only closures of a RegexBuilder throw.
        ((try? regex.firstMatch(in: text)) ?? nil) != nil
    }
}
