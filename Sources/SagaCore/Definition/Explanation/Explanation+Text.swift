extension Explanation {
    static let text: [Explanation] = [
        Explanation(
            "not_json", "the text is not JSON",
            """
            A definition is JSON as RFC 8259 has it: double quotes, no comments, no comma before a closing bracket, \
            every key of an object once. The place is where the text stops being JSON; the cause may stand a little \
            before it.

            A lenient reader would have to guess, and two readers would guess differently about something that changes \
            the world.
            """, in: .text,
            wrong: """
                {
                  "saga": "trip",
                  "steps": [
                    "core.echo",
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "steps": [
                    "core.echo"
                  ]
                }
                """),
        Explanation(
            "too_large", "the text is larger than 4 MB",
            """
            A definition has at most 4,194,304 bytes. It is kept with every run, to the byte, and read whenever one is \
            taken up again.

            What makes one large is data. Give it to the run as an input, or put it where a step can fetch it.
            """, in: .text,
            wrong: Example(
                """
                {
                  "saga": "trip",
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "…" } }
                  ]
                }
                """, whole: String(repeating: "all the lines of a catalogue ", count: 150_000)),
            right: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "message": { "type": "string" } },
                    "required": ["message"]
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.message }" } }
                  ]
                }
                """),
        Explanation(
            "not_a_definition", "the JSON is neither an object nor a list of steps",
            """
            A definition is an object with `saga` and `steps`. For something to try quickly a bare list of steps will \
            do; it is called after its file and takes no inputs.
            """, in: .text,
            wrong: """
                "core.echo"
                """,
            right: """
                [
                  "core.echo"
                ]
                """),
    ]
}
