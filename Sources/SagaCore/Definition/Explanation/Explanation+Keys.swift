extension Explanation {
    static let keys: [Explanation] = [
        Explanation(
            "missing_key", "a key that must be there is not",
            """
            A definition has `saga`, its name, and `steps`. Everything else can be left out.

            Runs are listed, counted and looked for by the saga's name, and it is the name a stored definition is run \
            by: so it is never made up.
            """, in: .keys,
            wrong: """
                {
                  "steps": [
                    "core.echo"
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
            "unknown_key", "a key that means nothing here",
            """
            Every object of a definition has a fixed set of keys. One that is not among them is a slip, or is meant for \
            another place, or for another version of Arcadia. `$schema` is allowed everywhere, for editors.

            A key that is passed over in silence is worse than an error: a misspelt `compensation` would be found out \
            when something is to be taken back.
            """, in: .keys,
            wrong: """
                [
                  { "id": "greeting", "uses": "core.echo", "timeout": 5 }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo", "timeout_seconds": 5 }
                ]
                """),
        Explanation(
            "wrong_type", "a value of a type that cannot stand here",
            """
            The key is right, and its value is a text where a number belongs, say. Nothing is converted: "5" is a text \
            and 5 is a number, and `version` is a text, so that 1.10 does not become 1.1.
            """, in: .keys,
            wrong: """
                {
                  "saga": "trip",
                  "version": 2,
                  "steps": [
                    "core.echo"
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "version": "2",
                  "steps": [
                    "core.echo"
                  ]
                }
                """),
        Explanation(
            "out_of_range", "a value outside of what is possible here",
            """
            The type is right, and the value is too small, too large or not one of the choices. The limits keep out \
            what is a slip in nearly every case: no attempt at all, a wait of years, a share of more than one.
            """, in: .keys,
            wrong: """
                [
                  { "id": "greeting", "uses": "core.echo", "retry": { "max_attempts": 0 } }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo", "retry": { "max_attempts": 1 } }
                ]
                """),
        Explanation(
            "bad_name", "a name with letters that names do not have",
            """
            The name of a saga has up to 64 of a-z, 0-9, _ and -, and starts with a letter; the id of a step may have \
            capitals as well.

            Names stand in paths, in the commands of a shell, in expressions and in file names: so they are made of what \
            needs no quotes in any of these.
            """, in: .keys,
            wrong: """
                {
                  "saga": "My Trip",
                  "steps": [
                    "core.echo"
                  ]
                }
                """,
            right: """
                {
                  "saga": "my_trip",
                  "steps": [
                    "core.echo"
                  ]
                }
                """),
        Explanation(
            "inputs_schema", "`inputs` is not a JSON Schema that can be checked",
            """
            `inputs` describes the object of a run's inputs in JSON Schema (draft 2020-12). Its `type` is "object", or is \
            left out; inputs that it does not name are refused unless it has `additionalProperties`.

            A keyword that is misspelt, or that this version does not check, is an error: a rule that nobody keeps is \
            worse than none.
            """, in: .keys,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "days": { "type": "integer", "defualt": 1 } } },
                  "steps": [
                    { "uses": "core.sleep", "with": { "seconds": "${ .inputs.days }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "days": { "type": "integer", "default": 1 } } },
                  "steps": [
                    { "uses": "core.sleep", "with": { "seconds": "${ .inputs.days }" } }
                  ]
                }
                """),
    ]
}
