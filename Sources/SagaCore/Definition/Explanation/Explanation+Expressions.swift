extension Explanation {
    static let expressions: [Explanation] = [
        Explanation(
            "expression", "what stands in `${ … }` cannot be read",
            """
            `${ … }` holds an expression. A path starts with a dot and says where a value comes from: `.inputs.name`, \
            `.steps.droplet.output.ip`, `.context.items[0]`. A text that is one expression and nothing else keeps the type \
            of what is found; amid other text it becomes text.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "hi", "uses": "core.echo", "with": { "message": "${ run.id }" } }
                ]
                """,
            right: """
                [
                  { "id": "hi", "uses": "core.echo", "with": { "message": "${ .run.id }" } }
                ]
                """),
        Explanation(
            "not_proven", "an expression cannot be followed to its end",
            """
            What an expression reads is followed through all of jq, so that a path that leads nowhere is found before a run \
            and not in it. One whose functions call each other thousands of times is not followed to its end: nothing is \
            known of what it reads, and the run would find out. It is a warning; the definition runs.
            """, in: .expressions,
            wrong: Example(
                """
                [
                  { "uses": "core.echo", "with": { "message": "n is ${ … }" } }
                ]
                """,
                whole:
                    "def a: .+1; def b: a|a; def c: b|b; def d: c|c; def e: d|d; def f: e|e; def g: f|f; def h: g|g; "
                    + "def i: h|h; def j: i|i; def k: j|j; def l: k|k; def m: l|l; def n: m|m; def o: n|n; 1 | o"),
            right: """
                [
                  { "uses": "core.echo", "with": { "message": "${ .run.id }" } }
                ]
                """),
        Explanation(
            "unknown_root", "an expression reads what no step can see",
            """
            A step sees `inputs`, what the run was given; `context`, what the steps before put out, merged, the latest \
            winning; `steps`, the output of each step by its id; and `run`, its id and its saga.

            Secrets are not among them on purpose: a credential belongs to a plugin's configuration and never stands in a \
            definition, a journal or a log.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "hi", "uses": "core.echo", "with": { "message": "${ .job.id }" } }
                ]
                """,
            right: """
                [
                  { "id": "hi", "uses": "core.echo", "with": { "message": "${ .run.id }" } }
                ]
                """),
        Explanation(
            "unknown_input", "it reads an input that is not declared",
            """
            `inputs` of the definition names every input there is; one that it does not name can never be given. It is \
            misspelt here, or is still to be declared there.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "a": { "type": "string", "default": "x" } } },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.b }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "a": { "type": "string", "default": "x" } } },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.a }" } }
                  ]
                }
                """),
        Explanation(
            "input_may_be_missing", "it reads an input that may not be given",
            """
            The input is declared, is not required and has no default: a run without it would stop when it comes to this \
            step, with the steps before it done. Make it required, or say what stands for it.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "a": { "type": "string" } } },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.a }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "a": { "type": "string", "default": "web" } } },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.a }" } }
                  ]
                }
                """),
        Explanation(
            "unknown_step", "it reads a step that does not exist",
            """
            `.steps.<id>` takes the id of a step of this definition. A step without an id is called step_1, step_2, … by \
            its place, which changes when another is put before it: give an id to a step that others read.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "web", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.wbe.output.a }" } }
                ]
                """,
            right: """
                [
                  { "id": "web", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.web.output.a }" } }
                ]
                """),
        Explanation(
            "step_comes_later", "it reads a step that comes later",
            """
            A step sees what is certainly done when it starts: the steps before it. Change the order, or take the value \
            from somewhere else.
            """, in: .expressions,
            wrong: """
                [
                  { "uses": "core.echo", "with": { "message": "${ .steps.web.output.a }" } },
                  { "id": "web", "uses": "core.set", "with": { "values": { "a": "web" } } }
                ]
                """,
            right: """
                [
                  { "id": "web", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.web.output.a }" } }
                ]
                """),
        Explanation(
            "step_is_itself", "a step reads its own output",
            """
            What a step puts out is there when it has ended, and its `with` is filled in before it starts. What an \
            earlier attempt learned is the plugin's to keep, in a checkpoint.
            """, in: .expressions,
            wrong: """
                [
                  {
                    "id": "a",
                    "uses": "core.echo",
                    "with": { "message": "${ .steps.a.output.x }" }
                  }
                ]
                """,
            right: """
                [
                  { "id": "x", "uses": "core.set", "with": { "values": { "x": "1" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.x.output.x }" } }
                ]
                """),
        Explanation(
            "not_an_output", "it reads something other than an output",
            """
            Of a step one can read its output: `.steps.<id>.output`, and what is in it. Its status, attempts and times \
            are in the ledger of the run, for people: a saga that branches on them would do something else when it is \
            taken up again.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "web", "uses": "core.set" },
                  { "uses": "core.echo", "with": { "message": "${ .steps.web.status }" } }
                ]
                """,
            right: """
                [
                  { "id": "web", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.web.output.a }" } }
                ]
                """),
        Explanation(
            "no_such_output", "it reads what is never put out",
            """
            The operation says in its manifest what it puts out, and this is not among it. `arcadia plugins show \
            PLUGIN.OPERATION` has the list.
            """, in: .expressions,
            wrong: """
                [
                  {
                    "id": "a",
                    "uses": "files.write",
                    "with": { "path": "a.txt", "content": "hi" }
                  },
                  { "uses": "files.remove", "with": { "path": "${ .steps.a.output.name }" } }
                ]
                """,
            right: """
                [
                  {
                    "id": "a",
                    "uses": "files.write",
                    "with": { "path": "a.txt", "content": "hi" }
                  },
                  { "uses": "files.remove", "with": { "path": "${ .steps.a.output.path }" } }
                ]
                """),
        Explanation(
            "output_may_be_missing", "it reads what is not always put out",
            """
            A warning. The operation may leave this out of its output; then the run stops at this step, and what was \
            done is taken back. Read something that is always there, where there is such a thing.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "a", "uses": "files.make_directory", "with": { "path": "a" } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.a.output.made }" } }
                ]
                """,
            right: """
                [
                  { "id": "a", "uses": "files.make_directory", "with": { "path": "a" } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.a.output.path }" } }
                ]
                """),
        Explanation(
            "nobody_sets", "it reads what nobody put into the context",
            """
            The context begins empty and holds what the steps before put out. None of them puts out this name. It may be \
            an input, which is at `.inputs.<name>`, or the step that sets it comes later.
            """, in: .expressions,
            wrong: """
                [
                  { "uses": "files.write", "with": { "path": "a.txt", "content": "hi" } },
                  { "uses": "files.remove", "with": { "path": "${ .context.file }" } }
                ]
                """,
            right: """
                [
                  { "uses": "files.write", "with": { "path": "a.txt", "content": "hi" } },
                  { "uses": "files.remove", "with": { "path": "${ .context.path }" } }
                ]
                """),
        Explanation(
            "unknown_run_field", "it reads what is not known of a run",
            """
            Of the run there are its `id` and its `saga`. No time is among them: an expression that reads a clock would \
            give another value when the run is taken up again.
            """, in: .expressions,
            wrong: """
                [
                  { "uses": "core.echo", "with": { "message": "${ .run.started_at }" } }
                ]
                """,
            right: """
                [
                  { "uses": "core.echo", "with": { "message": "${ .run.id }" } }
                ]
                """),
        Explanation(
            "wrong_reference_type", "its value has a type that does not fit",
            """
            What stands there will be of a known type, and the operation takes another. Nothing is converted: a text \
            with digits in it is a text.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "n": { "type": "string", "default": "1" } } },
                  "steps": [
                    { "uses": "core.sleep", "with": { "seconds": "${ .inputs.n }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "n": { "type": "number", "default": 1 } } },
                  "steps": [
                    { "uses": "core.sleep", "with": { "seconds": "${ .inputs.n }" } }
                  ]
                }
                """),
        Explanation(
            "step_in_other_branch", "it reads a step of another branch",
            """
            The branches of a `parallel` step are done at the same time, so what one puts out may not be there yet when \
            the other wants it. After the `parallel` step everything of it can be read.
            """, in: .expressions,
            wrong: """
                [
                  {
                    "id": "both",
                    "parallel": [
                      [
                        { "id": "x", "uses": "core.set", "with": { "values": { "x": "1" } } }
                      ],
                      [
                        { "uses": "core.set", "with": { "values": "${ .steps.x.output }" } }
                      ]
                    ]
                  }
                ]
                """,
            right: """
                [
                  {
                    "id": "both",
                    "parallel": [
                      [
                        { "id": "x", "uses": "core.set", "with": { "values": { "x": "1" } } }
                      ],
                      [
                        "core.echo"
                      ]
                    ]
                  },
                  { "uses": "core.set", "with": { "values": "${ .steps.x.output }" } }
                ]
                """),
        Explanation(
            "step_within", "it reads a step seen only from within",
            """
            A step within `for_each` is done once for each item, and what is within a saga is that saga's own: from \
            outside there is the output of the whole, `.steps.<id>.output`. Of a `for_each` that is `items`, with one \
            for each item.
            """, in: .expressions,
            wrong: """
                [
                  {
                    "id": "all",
                    "for_each": [1, 2],
                    "steps": [
                      { "id": "x", "uses": "core.set", "with": { "values": { "x": "1" } } }
                    ]
                  },
                  { "uses": "core.echo", "with": { "message": "${ .steps.x.output.x }" } }
                ]
                """,
            right: """
                [
                  {
                    "id": "all",
                    "for_each": [1, 2],
                    "steps": [
                      { "id": "x", "uses": "core.set", "with": { "values": { "x": "1" } } }
                    ]
                  },
                  {
                    "uses": "core.echo",
                    "with": { "message": "${ .steps.all.output.items[0].x }" }
                  }
                ]
                """),
        Explanation(
            "step_may_be_skipped", "it reads a step that is not always done",
            """
            A step with `when` is left out when that is false, and so is what stands in the `else` of a scope. Then \
            there is no output to read, and the run would stop here. Read it in steps that are left out with it, or take \
            a value that is always there.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "big": { "type": "boolean", "default": false } }
                  },
                  "steps": [
                    { "id": "x", "uses": "core.set", "when": "${ .inputs.big }" },
                    { "uses": "core.echo", "with": { "message": "${ .steps.x.output.x }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "steps": [
                    { "id": "x", "uses": "core.set", "with": { "values": { "x": "1" } } },
                    { "uses": "core.echo", "with": { "message": "${ .steps.x.output.x }" } }
                  ]
                }
                """),
        Explanation(
            "condition", "`when` is more than one expression",
            """
            `when` is true or false, or one expression and nothing else that comes to one of them. With text around it \
            it would be a text, and a text is neither.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "big": { "type": "boolean", "default": false } }
                  },
                  "steps": [
                    { "uses": "core.echo", "when": "only ${ .inputs.big }" }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "big": { "type": "boolean", "default": false } }
                  },
                  "steps": [
                    { "uses": "core.echo", "when": "${ .inputs.big }" }
                  ]
                }
                """),
        Explanation(
            "wrong_value", "a key of a step gets a value of another type",
            """
            `when` wants true or false, `for_each` a list. The expression there comes to something else, whatever the \
            run is given. Nothing is converted: an empty text is not false, and one thing is not a list of one.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "big": { "type": "string", "default": "" } } },
                  "steps": [
                    { "uses": "core.echo", "when": "${ .inputs.big }" }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": {
                    "properties": { "big": { "type": "boolean", "default": false } }
                  },
                  "steps": [
                    { "uses": "core.echo", "when": "${ .inputs.big }" }
                  ]
                }
                """),
    ]
}
