/// How a definition is written, on one page: `arcadia explain definitions`.
///
/// Everything in it that is JSON is sound; a test checks it as it stands here.
public enum DefinitionGuide {
    /// What the page is asked for by.
    public static let topic = "definitions"

    /// A form of a step, or something that a step can have beside it.
    public struct Entry: Sendable, Hashable {
        /// The key that says it. eg: "parallel"
        public let key: String
        /// A few words.
        public let meaning: String
        /// One step.
        public let example: String
    }

    public static let beginning = """
        A definition is JSON: a name, and a list of steps that are done one after the
        other. If one fails for good, those that were done are taken back, the newest
        first. This is a whole one:
        """

    public static let whole = """
        {
          "saga": "trip",
          "inputs": {
            "properties": { "city": { "type": "string" } },
            "required": ["city"]
          },
          "steps": [
            {
              "id": "hotel",
              "uses": "core.set",
              "with": { "values": { "room": "7" } }
            },
            { "id": "agreed", "signal": { "name": "go", "timeout_seconds": 3600 } },
            {
              "id": "note",
              "uses": "files.write",
              "with": {
                "path": "${ .inputs.city }.txt",
                "content": "room ${ .steps.hotel.output.room }"
              },
              "retry": { "max_attempts": 5 }
            }
          ]
        }
        """

    /// One of them in each step.
    public static let forms = [
        Entry(
            key: "uses", meaning: "calls an operation; `arcadia plugins list` names them",
            example: #"{ "id": "greet", "uses": "core.echo", "with": { "message": "hi" } }"#),
        Entry(
            key: "parallel", meaning: "lists of steps, all of them at once",
            example: #"{ "id": "both", "parallel": [["core.echo"], ["core.echo"]] }"#),
        Entry(
            key: "for_each", meaning: "the same steps for each item of a list",
            example: #"""
                { "id": "all", "for_each": ["a", "b"], "max_concurrency": 2, "steps": [
                  { "uses": "core.echo", "with": { "message": "${ .item }" } } ] }
                """#),
        Entry(
            key: "saga", meaning: "another definition, taken back as one step",
            example: #"{ "id": "leg", "saga": "leg", "with": { "to": "${ .inputs.city }" } }"#),
        Entry(
            key: "scope", meaning: "steps with a way out of their own if one fails",
            example: #"""
                { "id": "try", "scope": ["core.echo"], "on_failure": "compensate_scope",
                  "else": ["core.echo"] }
                """#),
        Entry(
            key: "wait", meaning: "until a time, or so many seconds",
            example: #"{ "id": "cool_down", "wait": { "seconds": 60 } }"#),
        Entry(
            key: "signal", meaning: "until somebody sends it: `arcadia runs signal`",
            example: #"{ "id": "go", "signal": { "name": "go", "from": ["role:operator"] } }"#),
    ]

    /// What a step that uses an operation can have besides; `when` goes with every form.
    public static let besides = [
        Entry(
            key: "when", meaning: "only if that is true",
            example: #"{ "uses": "core.echo", "when": "${ .inputs.city == \"Riga\" }" }"#),
        Entry(
            key: "retry", meaning: "how often, and with which pauses",
            example: #"{ "uses": "core.echo", "retry": { "max_attempts": 5, "max_seconds": 9 } }"#),
        Entry(
            key: "compensation", meaning: "how it is taken back, where not as its plugin does",
            example: #"""
                { "uses": "core.set", "with": { "values": {} },
                  "compensation": { "uses": "core.echo", "with": { "message": "no" } } }
                """#),
    ]

    public static let expressions = """
        `${ … }` holds a jq expression. It sees `.inputs`, `.context` (what all steps
        put out, merged), `.steps.ID.output`, `.run`, and in a for_each `.item`. Alone
        in a text it keeps its type; amid text it becomes text.
        """

    public static let compensation = """
        Nobody writes how to take back what a plugin knows to take back. A step has
        `compensation` to name another operation for it, its own `retry`, `on_failure`
        (`continue`, or `halt` for a person), or `"skip": true` to leave what it did.
        After a step with `"pivot": true` there is no way back.
        """

    public static let next = [
        ("arcadia schema > saga.schema.json", "for an editor that helps to write"),
        ("arcadia plugins show core.set", "what an operation takes and puts out"),
        ("arcadia check trip.json", "every mistake in it"),
        ("arcadia plan trip.json --input city=Riga", "what a run would do, and take back"),
        ("arcadia explain CODE", "what a mistake means"),
        ("arcadia run trip.json --input city=Riga", "do it"),
    ]

    /// Every example as a definition of its own.
    public static var definitions: [String] {
        [whole] + (forms + besides).map { definition($0.example) }
    }

    private static func definition(_ step: String) -> String {
        """
        { "saga": "guide",
          "inputs": { "properties": { "city": { "type": "string" } }, "required": ["city"] },
          "definitions": { "leg": { "saga": "leg",
            "inputs": { "properties": { "to": { "type": "string" } }, "required": ["to"] },
            "steps": [{ "uses": "core.echo", "with": { "message": "${ .inputs.to }" } }] } },
          "steps": [
            { "id": "room", "uses": "core.echo", "with": { "message": "${ .inputs.city }" } },
            { "id": "before", "saga": "leg", "with": { "to": "${ .inputs.city }" } },
            \(step) ] }
        """
    }
}
