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
                """)
    ]
}
