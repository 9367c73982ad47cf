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
                  { "id": "greeting", "uses": "core.echo", "with": { "message": "${ run.id }" } }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo", "with": { "message": "${ .run.id }" } }
                ]
                """),
        Explanation(
            "unknown_root", "an expression reads what a step cannot see",
            """
            A step sees `inputs`, what the run was given; `context`, what the steps before put out, merged, the latest \
            winning; `steps`, the output of each step by its id; and `run`, its id and its saga.

            Secrets are not among them on purpose: a credential belongs to a plugin's configuration and never stands in a \
            definition, a journal or a log.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "greeting", "uses": "core.echo", "with": { "message": "${ .job.id }" } }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo", "with": { "message": "${ .run.id }" } }
                ]
                """),
        Explanation(
            "unknown_input", "an expression reads an input that is not declared",
            """
            `inputs` of the definition names every input there is; one that it does not name can never be given. It is \
            misspelt here, or is still to be declared there.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "name": { "type": "string" } }, "required": ["name"] },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.nmae }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "name": { "type": "string" } }, "required": ["name"] },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.name }" } }
                  ]
                }
                """),
        Explanation(
            "input_may_be_missing", "an expression reads an input that may not be given",
            """
            The input is declared, is not required and has no default: a run without it would stop when it comes to this \
            step, with the steps before it done. Make it required, or say what stands for it.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "name": { "type": "string" } } },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.name }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "name": { "type": "string", "default": "web" } } },
                  "steps": [
                    { "uses": "core.echo", "with": { "message": "${ .inputs.name }" } }
                  ]
                }
                """),
        Explanation(
            "unknown_step", "an expression reads a step that does not exist",
            """
            `.steps.<id>` takes the id of a step of this definition. A step without an id is called step_1, step_2, … by \
            its place, which changes when another is put before it: give an id to a step that others read.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "names", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.name.output.a }" } }
                ]
                """,
            right: """
                [
                  { "id": "names", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.names.output.a }" } }
                ]
                """),
        Explanation(
            "step_comes_later", "an expression reads a step that comes later",
            """
            A step sees what is certainly done when it starts: the steps before it. Change the order, or take the value \
            from somewhere else.
            """, in: .expressions,
            wrong: """
                [
                  { "uses": "core.echo", "with": { "message": "${ .steps.names.output.a }" } },
                  { "id": "names", "uses": "core.set", "with": { "values": { "a": "web" } } }
                ]
                """,
            right: """
                [
                  { "id": "names", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.names.output.a }" } }
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
                  { "id": "a", "uses": "core.echo", "with": { "message": "${ .steps.a.output.x }" } }
                ]
                """,
            right: """
                [
                  { "id": "x", "uses": "core.set", "with": { "values": { "x": "once" } } },
                  { "id": "a", "uses": "core.echo", "with": { "message": "${ .steps.x.output.x }" } }
                ]
                """),
        Explanation(
            "not_an_output", "an expression reads something of a step that is not its output",
            """
            Of a step one can read its output: `.steps.<id>.output`, and what is in it. Its status, attempts and times \
            are in the ledger of the run, for people: a saga that branches on them would do something else when it is \
            taken up again.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "names", "uses": "core.set" },
                  { "uses": "core.echo", "with": { "message": "${ .steps.names.status }" } }
                ]
                """,
            right: """
                [
                  { "id": "names", "uses": "core.set", "with": { "values": { "a": "web" } } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.names.output.a }" } }
                ]
                """),
        Explanation(
            "no_such_output", "an expression reads what the operation does not put out",
            """
            The operation says in its manifest what it puts out, and this is not among it. `arcadia plugins show \
            PLUGIN.OPERATION` has the list.
            """, in: .expressions,
            wrong: """
                [
                  {
                    "id": "note",
                    "uses": "files.write",
                    "with": { "path": "a.txt", "content": "hi" }
                  },
                  { "uses": "files.remove", "with": { "path": "${ .steps.note.output.name }" } }
                ]
                """,
            right: """
                [
                  {
                    "id": "note",
                    "uses": "files.write",
                    "with": { "path": "a.txt", "content": "hi" }
                  },
                  { "uses": "files.remove", "with": { "path": "${ .steps.note.output.path }" } }
                ]
                """),
        Explanation(
            "output_may_be_missing", "an expression reads what the operation does not always put out",
            """
            A warning. The operation may leave this out of its output; then the run stops at this step, and what was \
            done is taken back. Read something that is always there, where there is such a thing.
            """, in: .expressions,
            wrong: """
                [
                  { "id": "folder", "uses": "files.make_directory", "with": { "path": "a" } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.folder.output.made }" } }
                ]
                """,
            right: """
                [
                  { "id": "folder", "uses": "files.make_directory", "with": { "path": "a" } },
                  { "uses": "core.echo", "with": { "message": "${ .steps.folder.output.path }" } }
                ]
                """),
        Explanation(
            "nobody_sets", "an expression reads what no earlier step puts into the context",
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
            "unknown_run_field", "an expression reads what is not known of a run",
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
            "wrong_reference_type", "an expression gives a value of a type that does not fit",
            """
            What stands there will be of a known type, and the operation takes another. Nothing is converted: a text \
            with digits in it is a text.
            """, in: .expressions,
            wrong: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "wait": { "type": "string" } }, "required": ["wait"] },
                  "steps": [
                    { "uses": "core.sleep", "with": { "seconds": "${ .inputs.wait }" } }
                  ]
                }
                """,
            right: """
                {
                  "saga": "trip",
                  "inputs": { "properties": { "wait": { "type": "number" } }, "required": ["wait"] },
                  "steps": [
                    { "uses": "core.sleep", "with": { "seconds": "${ .inputs.wait }" } }
                  ]
                }
                """),
    ]
}
