extension Explanation {
    static let steps: [Explanation] = [
        Explanation(
            "no_steps", "a list of steps without a step",
            """
            A saga of no steps would complete at once and say that everything was done. That is nearly always a \
            generator that produced nothing.
            """, in: .steps,
            wrong: """
                {
                  "saga": "trip",
                  "steps": []
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
            "too_many_steps", "more than a thousand steps",
            """
            A definition has at most 1,000 steps. One that needs more is nearly always the same few steps for each of \
            many things: run it once for each of them.
            """, in: .steps,
            wrong: Example(
                """
                [
                  …"core.echo"
                ]
                """, whole: String(repeating: "\"core.echo\", ", count: 1000)),
            right: """
                [
                  "core.echo"
                ]
                """),
        Explanation(
            "step_is_neither", "a step that is neither an object nor a name",
            """
            A step is an object with an `id` and what it does. A bare text is short for a step that uses that operation, \
            with nothing else said; its id is step_1, step_2, … by its place.
            """, in: .steps,
            wrong: """
                [
                  "core.echo",
                  3
                ]
                """,
            right: """
                [
                  "core.echo",
                  { "id": "pause", "uses": "core.sleep", "with": { "seconds": 3 } }
                ]
                """),
        Explanation(
            "duplicate_step_id", "two steps with one id",
            """
            An id names one step of a definition: in expressions, in the ledger of a run, and in what an operator types, \
            such as `arcadia runs retry RUN --from STEP`.

            A step without an id is called step_1, step_2, … by its place, so that none of these can be given to another \
            step either.
            """, in: .steps,
            wrong: """
                [
                  { "id": "greeting", "uses": "core.echo" },
                  { "id": "greeting", "uses": "core.sleep" }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo" },
                  { "id": "pause", "uses": "core.sleep" }
                ]
                """),
    ]
}
