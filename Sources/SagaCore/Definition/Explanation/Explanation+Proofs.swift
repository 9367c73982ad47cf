/// What is proved of a definition that can be followed.
extension Explanation {
    static let proofs: [Explanation] = [
        Explanation(
            "never_holds", "a condition never holds",
            """
            A warning. Whatever a run is given, `when` comes out false, and the step is left out of every run: it \
            compares with a value that the input's schema forbids, or asks for two things that exclude each other. \
            Nothing would ever tell; the step would just never be done.

            A step that reads what such a step puts out is told, too: what stands behind `//` is taken in every run.

            What cannot be told before a run is not found: a condition that may hold is never called one that does \
            not.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["size"],
                    "properties": { "size": { "enum": ["small", "large"] } }
                  },
                  "steps": [
                    { "uses": "core.echo", "when": "${ .inputs.size == \"huge\" }" }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["size"],
                    "properties": { "size": { "enum": ["small", "large"] } }
                  },
                  "steps": [
                    { "uses": "core.echo", "when": "${ .inputs.size == \"large\" }" }
                  ]
                }
                """#),
        Explanation(
            "always_holds", "a condition always holds",
            """
            A warning. Whatever a run is given, `when` comes out true, so that it says nothing. Either it is left \
            over, or something else was meant.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["size"],
                    "properties": { "size": { "enum": ["small", "large"] } }
                  },
                  "steps": [
                    { "uses": "core.echo", "when": "${ .inputs.size != \"huge\" }" }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["size"],
                    "properties": { "size": { "enum": ["small", "large"] } }
                  },
                  "steps": [
                    { "uses": "core.echo", "when": "${ .inputs.size != \"small\" }" }
                  ]
                }
                """#),
        Explanation(
            "nothing_can_fail", "a scope around what cannot fail",
            """
            A warning. `on_failure` and `else` of a scope are for steps in it that fail. Waiting for a time that is \
            written there is the one thing that cannot, so that what is said here never happens.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "steps": [
                    {
                      "id": "try",
                      "scope": [
                        { "wait": { "seconds": 5 } }
                      ],
                      "on_failure": "compensate_scope",
                      "else": [
                        "core.echo"
                      ]
                    }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "steps": [
                    {
                      "id": "try",
                      "scope": [
                        { "uses": "core.echo" }
                      ],
                      "on_failure": "compensate_scope",
                      "else": [
                        "core.echo"
                      ]
                    }
                  ]
                }
                """#),
        Explanation(
            "unused_definition", "a definition that no step names",
            """
            A warning. Under `definitions` stand the sagas that steps of this one can be. No step is this one, nor \
            leads to one that is: its name is misspelt at the step, or it is left over. It is checked all the same.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "definitions": { "hotel": { "saga": "hotel", "steps": ["core.echo"] } },
                  "steps": [
                    "core.echo"
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "definitions": { "hotel": { "saga": "hotel", "steps": ["core.echo"] } },
                  "steps": [
                    { "id": "stay", "saga": "hotel" }
                  ]
                }
                """#),
        Explanation(
            "unused_input", "an input that no expression reads",
            """
            A warning. Whoever starts a run is asked for it, or may give it, and it changes nothing that can be seen \
            here. An operation could still read it by itself, from all inputs of the run; then it is better told in \
            `with`, where it is checked and shown.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": { "properties": { "name": { "type": "string" } } },
                  "steps": [
                    { "uses": "core.echo" }
                  ]
                }
                """#,
            right: #"""
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
                """#),
        Explanation(
            "useless_compensation", "a compensation of what leaves nothing",
            """
            A warning. The operation says that there is nothing to take back, so that nothing is done where this \
            says how. `uses` names another operation that takes the step back.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "steps": [
                    {
                      "uses": "core.sleep",
                      "with": { "seconds": 1 },
                      "compensation": { "retry": { "max_attempts": 3 } }
                    }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "steps": [
                    { "uses": "core.sleep", "with": { "seconds": 1 } }
                  ]
                }
                """#),
        Explanation(
            "secret_told", "a secret goes where it is not kept",
            """
            `"writeOnly": true` in a schema marks what is secret: of an input of the definition, or of an \
            operation's input or output in plugin.json. What is secret may go into an input that is marked, too, and \
            nowhere else: not into the `output` of a saga or of a loop, not into a `when` or a `concurrency_key`, \
            not to an operation that may show what it was given. Every expression that reads a secret counts, \
            whatever it makes of it.

            A saga without `output` puts out its context, so that a step with a secret output needs one.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["setup"],
                    "properties": { "setup": { "type": "string", "writeOnly": true } }
                  },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.setup }" } }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["setup"],
                    "properties": { "setup": { "type": "string", "writeOnly": true } }
                  },
                  "steps": [
                    {
                      "uses": "digitalocean.create_droplet",
                      "with": {
                        "name": "web",
                        "size": "s-1vcpu-1gb",
                        "image": "debian-12-x64",
                        "user_data": "${ .inputs.setup }"
                      }
                    }
                  ]
                }
                """#),
        Explanation(
            "unbounded_loop", "a loop over a list of any length",
            """
            A warning. One step more for each item, and as many requests, for as long as the list is: a slip in what \
            a run is given, or an account that has grown, makes a run of thousands. `maxItems` where the list is \
            declared says what is too many; of a list that an operation puts out, an expression takes a part.

            `max_concurrency` says how many items are done at a time, not how many there are.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["names"],
                    "properties": { "names": { "type": "array" } }
                  },
                  "steps": [
                    { "id": "each", "for_each": "${ .inputs.names }", "steps": ["core.echo"] }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["names"],
                    "properties": { "names": { "type": "array", "maxItems": 50 } }
                  },
                  "steps": [
                    { "id": "each", "for_each": "${ .inputs.names }", "steps": ["core.echo"] }
                  ]
                }
                """#),
        Explanation(
            "waits_beyond_deadline", "a run that waits longer than it may take",
            """
            The waits that are done in every run come to more than `timeout_seconds` of the definition. Every run \
            would be taken back, however well it goes.

            Past a pivot a run is not taken back for its time, so that waits after one do not count.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "timeout_seconds": 3600,
                  "steps": [
                    { "wait": { "seconds": 7200 } }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "timeout_seconds": 3600,
                  "steps": [
                    { "wait": { "seconds": 1800 } }
                  ]
                }
                """#),
        Explanation(
            "limit_beyond_deadline", "a step's limit beyond that of the run",
            """
            A warning. The run may take `timeout_seconds` of the definition and is taken back then. A step that may \
            take longer by itself never comes to its own limit, and what its author meant to happen then does not.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "timeout_seconds": 3600,
                  "steps": [
                    { "id": "ok", "signal": { "name": "go", "timeout_seconds": 7200 } }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "timeout_seconds": 3600,
                  "steps": [
                    { "id": "ok", "signal": { "name": "go", "timeout_seconds": 1800 } }
                  ]
                }
                """#),
        Explanation(
            "attempts_beyond_total", "attempts that there is no time for",
            """
            A warning. When each attempt takes as long as it may, the time for all of them is over before the last \
            one begins.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "steps": [
                    {
                      "uses": "core.echo",
                      "retry": { "max_attempts": 5 },
                      "timeout_seconds": 30,
                      "total_timeout_seconds": 60
                    }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "steps": [
                    {
                      "uses": "core.echo",
                      "retry": { "max_attempts": 5 },
                      "timeout_seconds": 30,
                      "total_timeout_seconds": 300
                    }
                  ]
                }
                """#),
        Explanation(
            "requests_beyond_limit", "a loop that needs too many requests",
            """
            A warning. Operations say how many requests a call makes, and plugins how many an hour their credentials \
            are good for. With as many items as there may be, this loop makes more: it would wait for its turn, and \
            so would everything else that needs the same credential.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["ids"],
                    "properties": {
                      "ids": {
                        "type": "array",
                        "maxItems": 2000,
                        "items": { "type": "integer" }
                      }
                    }
                  },
                  "steps": [
                    {
                      "id": "each",
                      "for_each": "${ .inputs.ids }",
                      "as": "id",
                      "steps": [
                        {
                          "uses": "digitalocean.create_droplet_snapshot",
                          "with": { "droplet_id": "${ .id }" }
                        }
                      ]
                    }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["ids"],
                    "properties": {
                      "ids": {
                        "type": "array",
                        "maxItems": 100,
                        "items": { "type": "integer" }
                      }
                    }
                  },
                  "steps": [
                    {
                      "id": "each",
                      "for_each": "${ .inputs.ids }",
                      "as": "id",
                      "steps": [
                        {
                          "uses": "digitalocean.create_droplet_snapshot",
                          "with": { "droplet_id": "${ .id }" }
                        }
                      ]
                    }
                  ]
                }
                """#),
        Explanation(
            "not_one_value", "an expression that never has one value",
            """
            An expression stands for one value. A comma makes two of it, `empty` none, and the step would fail in \
            every run. `[ … ]` makes one list of several.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["list"],
                    "properties": { "list": { "type": "array" } }
                  },
                  "steps": [
                    {
                      "uses": "core.set",
                      "with": { "values": { "x": "${ .inputs.list[0], .run.id }" } }
                    }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["list"],
                    "properties": { "list": { "type": "array" } }
                  },
                  "steps": [
                    {
                      "uses": "core.set",
                      "with": { "values": { "x": "${ [.inputs.list[0], .run.id] }" } }
                    }
                  ]
                }
                """#),
        Explanation(
            "value_per_item", "an expression that has a value for each item",
            """
            A warning. `.[]` has as many values as there are items, and exactly one is needed: with a list of any \
            other length the step fails. `[ … ]` makes one list of them, `first(…)` takes the first.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["list"],
                    "properties": { "list": { "type": "array" } }
                  },
                  "steps": [
                    {
                      "uses": "core.set",
                      "with": { "values": { "all": "${ .inputs.list[] }" } }
                    }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["list"],
                    "properties": { "list": { "type": "array" } }
                  },
                  "steps": [
                    {
                      "uses": "core.set",
                      "with": { "values": { "all": "${ [.inputs.list[]] }" } }
                    }
                  ]
                }
                """#),
        Explanation(
            "perhaps_no_value", "an expression that may have no value",
            """
            A warning. `select` lets a value pass where its condition holds, and leaves nothing elsewhere: no value, \
            which is not `null`, and the step fails in the runs in which that comes. `//` says what stands for it.
            """, in: .flow,
            wrong: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["gib"],
                    "properties": { "gib": { "type": "integer" } }
                  },
                  "steps": [
                    {
                      "uses": "core.set",
                      "with": { "values": { "x": "${ .inputs.gib | select(. > 0) }" } }
                    }
                  ]
                }
                """#,
            right: #"""
                {
                  "saga": "trip",
                  "inputs": {
                    "required": ["gib"],
                    "properties": { "gib": { "type": "integer" } }
                  },
                  "steps": [
                    {
                      "uses": "core.set",
                      "with": { "values": { "x": "${ (.inputs.gib | select(. > 0)) // 1 }" } }
                    }
                  ]
                }
                """#),
        Explanation(
            "set_at_once", "a name that several branches set",
            """
            A warning. What steps put out goes into the context, the latest winning. These are done at the same \
            time, so that which of them is there afterwards is another in every run. `.steps.<id>.output` says which \
            is meant.
            """, in: .flow,
            wrong: #"""
                [
                  {
                    "id": "both",
                    "parallel": [
                      [
                        {
                          "id": "a",
                          "uses": "files.write",
                          "with": { "path": "a.txt", "content": "a" }
                        }
                      ],
                      [
                        {
                          "id": "b",
                          "uses": "files.write",
                          "with": { "path": "b.txt", "content": "b" }
                        }
                      ]
                    ]
                  },
                  { "uses": "core.echo", "with": { "message": "${ .context.path }" } }
                ]
                """#,
            right: #"""
                [
                  {
                    "id": "both",
                    "parallel": [
                      [
                        {
                          "id": "a",
                          "uses": "files.write",
                          "with": { "path": "a.txt", "content": "a" }
                        }
                      ],
                      [
                        {
                          "id": "b",
                          "uses": "files.write",
                          "with": { "path": "b.txt", "content": "b" }
                        }
                      ]
                    ]
                  },
                  { "uses": "core.echo", "with": { "message": "${ .steps.a.output.path }" } }
                ]
                """#),
    ]
}
