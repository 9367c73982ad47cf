import SagaCore
import Testing

/// What a person is told about an expression that came to no value, word for word.
@Suite struct ExpressionWordsTests {
    @Test(
        arguments: [
            (
                .nothingThere(path: ".a"), "\".a\" found nothing to read",
                "`//` gives what is missing a value: `.a // \"none\"`"
            ),
            (
                .nothingThere(path: ".a.b"), "\".a\" found nothing to read at \".a.b\"",
                "`//` gives what is missing a value: `.a // \"none\"`"
            ),
            (
                .noValue, "\".a\" has no value; expected exactly one",
                "`first(…) // null` has one, `[ … ]` makes a list of them"
            ),
            (.severalValues, "\".a\" has several values; expected exactly one", "`[ … ]` makes one list of them"),
            (.jq("no such zone"), "\".a\": jq says: no such zone", nil),
            (
                .roundedNumber,
                "\".a\" calculates with a number of more digits than jq keeps; such a number can only be passed on",
                "let it be a string where it comes from"
            ),
            (.notCompiled("f/0 is not defined"), "\".a\" is nothing that jq understands: f/0 is not defined", nil),
            (.tookTooLong(seconds: 1), "\".a\" took longer than 1 s, and was stopped", nil),
            (.outOfMemory(bytes: 512 << 20), "\".a\" needed more than 512 MiB, and was stopped", nil),
            (.tooLong(limit: 8 << 20), "the value of \".a\" has more than 8 MiB", nil),
            (.readsTooMuch(limit: 8 << 20), "what \".a\" reads has more than 8 MiB", nil),
            (.ended("SIGSEGV"), "the process that evaluates \".a\" ended: SIGSEGV", nil),
            (.notStarted("no memory"), "the process that evaluates \".a\" was not started: no memory", nil),
            (
                .noLibrary("libjq.so.1: no such file"),
                "\".a\" needs libjq.so.1, which cannot be loaded: libjq.so.1: no such file",
                "`apt-get install libjq1` brings it"
            ),
            (.noEvaluator, "\".a\" needs jq, and this host has none", nil),
        ] as [(ExpressionFailure.Fact, String, String?)])
    func `an expression without a value says why, and what to do`(
        fact: ExpressionFailure.Fact, message: String, hint: String?
    ) {
        let failure = ExpressionFailure(fact, expression: ".a")
        #expect(failure.message == message)
        #expect(failure.hint == hint)
    }
}
