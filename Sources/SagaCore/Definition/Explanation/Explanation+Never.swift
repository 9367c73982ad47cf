/// What is well written, and can never be.
extension Explanation {
    static let neverFilled: [Explanation] = [
        Explanation(
            "always_fails", "an expression that fails whatever it gets",
            """
            What its parts can be is known, and jq has no value for any of them: a text and a number cannot be added, say. \
            The run would come to this step and fail there, with the steps before it done.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": {
                      "name": { "type": "string", "default": "web" },
                      "count": { "type": "integer", "default": 1 }
                    }
                  },
                  "steps": [
                    {
                      "uses": "core.echo",
                      "with": { "message": "${ .inputs.name + .inputs.count }" }
                    }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": {
                      "name": { "type": "string", "default": "web" },
                      "count": { "type": "integer", "default": 1 }
                    }
                  },
                  "steps": [
                    {
                      "uses": "core.echo",
                      "with": { "message": "${ .inputs.name }${ .inputs.count }" }
                    }
                  ]
                }
                """),
        Explanation(
            "no_such_member", "it reads a member of what has none",
            """
            What it reads is declared, and is no object or has other members. Look at the schema of the input, or read the \
            value itself.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "name": { "type": "string", "default": "web" } }
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.name.first }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "name": { "type": "string", "default": "web" } }
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.name }" } }
                  ]
                }
                """),
    ]

    static let neverGiven: [Explanation] = [
        Explanation(
            "required_unknown", "an input is required that is not declared",
            """
            `inputs` takes what `properties` declares and nothing else, so nobody could give what is required, and every run \
            would be refused. Most often a name is misspelt.
            """, in: .keys,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["nmae"],
                    "properties": { "name": { "type": "string" } }
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.name }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["name"],
                    "properties": { "name": { "type": "string" } }
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.name }" } }
                  ]
                }
                """),
        Explanation(
            "wrong_default", "a default that does not fit its own schema",
            """
            A run that does not give the input gets its default, which is held to the schema like any other value, and would \
            be refused.
            """, in: .keys,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "size": { "enum": ["s-1", "s-2"], "default": "s-3" } }
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "a ${ .inputs.size }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "size": { "enum": ["s-1", "s-2"], "default": "s-2" } }
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "a ${ .inputs.size }" } }
                  ]
                }
                """),
        Explanation(
            "unknown_code", "`retry.on` has a code that no failure has",
            """
            `on` says which failures are worth another attempt. The codes are those that plugins and the host give; with \
            another one the step is never tried again.
            """, in: .keys,
            wrong: """
                [
                  { "uses": "core.echo", "retry": { "max_attempts": 5, "on": ["netwrk"] } }
                ]
                """,
            right: """
                [
                  { "uses": "core.echo", "retry": { "max_attempts": 5, "on": ["network"] } }
                ]
                """),
        Explanation(
            "signal_schema", "the schema of a signal is none",
            """
            What comes with the signal is held to `schema`. If that is no JSON Schema, nobody could send the signal.
            """, in: .keys,
            wrong: """
                [
                  { "signal": { "name": "agreed", "schema": { "type": "objekt" } } }
                ]
                """,
            right: """
                [
                  { "signal": { "name": "agreed", "schema": { "type": "object" } } }
                ]
                """),
    ]
}
