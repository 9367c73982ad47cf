extension Explanation {
    static let operations: [Explanation] = [
        Explanation(
            "uses_is_no_name", "`uses` is not the name of an operation",
            """
            An operation is called by its plugin and its own name with a dot between them, all in small letters: \
            core.echo, digitalocean.create_droplet. `arcadia plugins list` shows what there is.
            """, in: .operations,
            wrong: """
                [
                  { "id": "greeting", "uses": "echo" }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo" }
                ]
                """),
        Explanation(
            "unknown_plugin", "a plugin that is not loaded",
            """
            No plugin of that name lies in the folders that this host looks in. `arcadia plugins list` shows the plugins \
            and the folders; `--plugins FOLDER` adds one.

            A definition is checked against what this very host has loaded, so that a run does not stop half way because \
            of something that was never there.
            """, in: .operations,
            wrong: """
                [
                  { "id": "greeting", "uses": "cor.echo" }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo" }
                ]
                """),
        Explanation(
            "refused_plugin", "a plugin that is there and was not let in",
            """
            The plugin lies in a folder, and the host does not load it: its files are not what they should be, or are \
            not what was locked or signed, or it crashed too often, or an operator has disabled it. `arcadia plugins show \
            PLUGIN` says which, and what to do.
            """, in: .operations,
            wrong: """
                [
                  { "id": "mended", "uses": "broken.mend" }
                ]
                """,
            right: """
                [
                  { "id": "mended", "uses": "core.echo" }
                ]
                """),
        Explanation(
            "unknown_operation", "an operation that the plugin does not have",
            """
            The plugin is loaded, and has no operation of that name: it is misspelt, or belongs to another version of \
            the plugin. `arcadia plugins show PLUGIN` lists what it has.
            """, in: .operations,
            wrong: """
                [
                  { "id": "greeting", "uses": "core.eco" }
                ]
                """,
            right: """
                [
                  { "id": "greeting", "uses": "core.echo" }
                ]
                """),
        Explanation(
            "with", "`with` does not fit what the operation takes",
            """
            Every operation says in a JSON Schema what it takes: which members of `with` there are, which must be there, \
            and what each can be. `arcadia plugins show PLUGIN.OPERATION` has it, with examples.

            What an expression will put in is checked by its type where that is known, and once more, as a whole, when \
            the step is about to start.
            """, in: .operations,
            wrong: """
                [
                  { "id": "pause", "uses": "core.sleep", "with": { "seconds": "a while" } }
                ]
                """,
            right: """
                [
                  { "id": "pause", "uses": "core.sleep", "with": { "seconds": 2.5 } }
                ]
                """),
    ]
}
