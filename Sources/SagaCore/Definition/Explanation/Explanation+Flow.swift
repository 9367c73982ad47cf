extension Explanation {
    static let flow: [Explanation] = [
        Explanation(
            "irreversible_not_last", "what cannot be taken back is not last",
            """
            A warning. The operation says that what it does is final. When a later step fails, everything else is taken \
            back and this stays: the run ends half done, and a person is needed. Put it last, so that everything that \
            can fail has gone well before it.
            """, in: .flow,
            wrong: """
                [
                  { "uses": "digitalocean.destroy_droplet", "with": { "droplet_id": 7 } },
                  { "uses": "files.write", "with": { "path": "gone.txt", "content": "7" } }
                ]
                """,
            right: """
                [
                  { "uses": "files.write", "with": { "path": "gone.txt", "content": "7" } },
                  { "uses": "digitalocean.destroy_droplet", "with": { "droplet_id": 7 } }
                ]
                """),
        Explanation(
            "pivot_within", "a pivot stands within another step",
            """
            After a pivot there is no way back: what follows is tried until it is done. Within a branch, a scope or a \
            `for_each` something around it could still have to be taken back, and could not. Put it into the list of the \
            saga itself.
            """, in: .flow,
            wrong: """
                [
                  {
                    "id": "both",
                    "parallel": [
                      [
                        { "id": "pay", "uses": "core.echo", "pivot": true }
                      ],
                      [
                        "core.echo"
                      ]
                    ]
                  }
                ]
                """,
            right: """
                [
                  { "id": "both", "parallel": [["core.echo"], ["core.echo"]] },
                  { "id": "pay", "uses": "core.echo", "pivot": true }
                ]
                """),
    ]
}
