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
            "too_many_steps", "more than 20,000 steps",
            """
            A definition has at most 20,000 steps, those within others counted. One that needs more is nearly always the \
            same few steps for each of many things: `for_each` says that once.
            """, in: .steps,
            wrong: Example(
                """
                [
                  …"core.echo"
                ]
                """, whole: String(repeating: "\"core.echo\", ", count: 20_000)),
            right: """
                [
                  "core.echo"
                ]
                """),
        Explanation(
            "too_deep", "steps within more than 31 others",
            """
            Steps that hold steps may stand within each other 32 deep, and a saga within counts as one of them. Where \
            sagas call one another in a long chain, each can be a step of the one that holds them all.
            """, in: .steps,
            wrong: Example(
                """
                {
                  "saga": "trip",
                  "definitions": {
                    "leg_1": { "saga": "leg_1", "steps": [{ "saga": "leg_2" }] },
                    …
                    "leg_32": { "saga": "leg_32", "steps": ["core.echo"] }
                  },
                  "steps": [{ "saga": "leg_1" }]
                }
                """,
                whole: legs),
            right: """
                {
                  "saga": "trip",
                  "definitions": {
                    "leg_1": { "saga": "leg_1", "steps": ["core.echo"] },
                    "leg_2": { "saga": "leg_2", "steps": ["core.echo"] }
                  },
                  "steps": [
                    { "saga": "leg_1" },
                    { "saga": "leg_2" }
                  ]
                }
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
        Explanation(
            "several_forms", "a step of several forms",
            """
            A step does one thing: it uses an operation, or is one of `parallel`, `for_each`, `saga`, `scope`, `wait` \
            and `signal`. What should happen first would otherwise be anybody's guess.
            """, in: .steps,
            wrong: """
                [
                  { "id": "a", "uses": "core.echo", "wait": { "seconds": 60 } }
                ]
                """,
            right: """
                [
                  { "id": "pause", "wait": { "seconds": 60 } },
                  { "id": "a", "uses": "core.echo" }
                ]
                """),
        Explanation(
            "bad_item_name", "`as` is no name for an item",
            """
            In the steps of a `for_each` the item is `.item`, and what `as` calls it. That has up to 64 of a-z, 0-9 and \
            _, starts with a letter, and is not one of the names that expressions have already: `inputs`, `context`, \
            `steps`, `run`.
            """, in: .steps,
            wrong: """
                [
                  {
                    "id": "all",
                    "for_each": ["web-1", "web-2"],
                    "as": "run",
                    "steps": [
                      { "uses": "core.echo", "with": { "message": "${ .item }" } }
                    ]
                  }
                ]
                """,
            right: """
                [
                  {
                    "id": "all",
                    "for_each": ["web-1", "web-2"],
                    "as": "name",
                    "steps": [
                      { "uses": "core.echo", "with": { "message": "${ .name }" } }
                    ]
                  }
                ]
                """),
        Explanation(
            "useless_key", "a key that has no meaning beside another",
            """
            `retry` of a `scope` says how often it is begun again, and `else` what is done instead of it: both only \
            where `on_failure` says that a failure ends at the scope. By default a failure takes back the whole run, \
            and what is written there would never be looked at.
            """, in: .steps,
            wrong: """
                [
                  { "id": "try", "scope": ["core.fail"], "else": ["core.echo"] }
                ]
                """,
            right: """
                [
                  {
                    "id": "try",
                    "scope": [
                      "core.fail"
                    ],
                    "on_failure": "compensate_scope",
                    "else": [
                      "core.echo"
                    ]
                  }
                ]
                """),
        Explanation(
            "unknown_saga", "a step is a saga that is not defined here",
            """
            A step with `saga` names another definition, such as one under `definitions` of this text. Whatever it \
            names becomes part of the text that the run keeps, so that what a run does cannot change under its feet when \
            somebody stores another version.
            """, in: .steps,
            wrong: """
                {
                  "saga": "trip",
                  "definitions": { "hotel": { "saga": "hotel", "steps": ["core.echo"] } },
                  "steps": [
                    { "id": "stay", "saga": "hotle" }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "definitions": { "hotel": { "saga": "hotel", "steps": ["core.echo"] } },
                  "steps": [
                    { "id": "stay", "saga": "hotel" }
                  ]
                }
                """),
        Explanation(
            "saga_within_itself", "a saga that is part of itself",
            """
            A saga that has itself among its steps, at once or by way of another, would never come to an end. For the \
            same steps again and again there is `for_each`.
            """, in: .steps,
            wrong: """
                {
                  "saga": "trip",
                  "definitions": {
                    "leg": { "saga": "leg", "steps": [{ "id": "next", "saga": "leg" }] }
                  },
                  "steps": [
                    { "id": "legs", "saga": "leg" }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "definitions": { "leg": { "saga": "leg", "steps": ["core.echo"] } },
                  "steps": [
                    {
                      "id": "legs",
                      "for_each": [1, 2],
                      "steps": [
                        { "id": "leg", "saga": "leg" }
                      ]
                    }
                  ]
                }
                """),
        Explanation(
            "other_version", "the saga is there in another version",
            """
            `version` beside `saga` says which one the step was written for. The one under `definitions` is another: \
            take that one, or put the wanted one there.
            """, in: .steps,
            wrong: """
                {
                  "saga": "trip",
                  "definitions": {
                    "leg": { "saga": "leg", "version": "2", "steps": ["core.echo"] }
                  },
                  "steps": [
                    { "id": "first", "saga": "leg", "version": "1" }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "definitions": {
                    "leg": { "saga": "leg", "version": "2", "steps": ["core.echo"] }
                  },
                  "steps": [
                    { "id": "first", "saga": "leg", "version": "2" }
                  ]
                }
                """),
    ]

    private static let legs = (2...31).map { leg in
        #""leg_\#(leg)": { "saga": "leg_\#(leg)", "steps": [{ "saga": "leg_\#(leg + 1)" }] },"#
    }.joined()
}
