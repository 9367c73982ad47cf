/// Codes that are not of a definition's text, and that an operator meets beside it.
extension Explanation {
    static let inputs: [Explanation] = [
        Explanation(
            "inputs.missing", "an input that the definition requires was not given",
            """
            `required` of the definition's `inputs` names it, and it has no default. `arcadia definitions show NAME` \
            shows what a definition takes.
            """, in: .inputs, typed: "arcadia run publish_report",
            right: "arcadia run publish_report --input name=monthly"),
        Explanation(
            "inputs.unknown_property", "an input that the definition does not declare",
            """
            Inputs are closed: one that the definition does not name is a slip, and would be read by nobody.
            """, in: .inputs, typed: "arcadia run publish_report --input nmae=monthly",
            right: "arcadia run publish_report --input name=monthly"),
        Explanation(
            "inputs.type", "an input of another type than the definition asks for",
            """
            On the command line an input is text where the definition asks for text, and JSON otherwise: `--input n=3` \
            gives a number where a number is wanted. `--inputs FILE` takes an object as it is.
            """, in: .inputs, typed: "arcadia run network_recovers --input attempts=few",
            right: "arcadia run network_recovers --input attempts=3"),
        Explanation(
            "inputs.pair", "`--input` takes NAME=VALUE",
            """
            Each `--input` gives one input, by its name; give the option again for the next one.
            """, in: .inputs, typed: "arcadia run publish_report --input monthly",
            right: "arcadia run publish_report --input name=monthly"),
    ]

    static let stored: [Explanation] = [
        Explanation(
            "definition.unreadable", "there is no such file and no such name",
            """
            A definition is given as a file, as `-` for what comes on stdin, or by a name: first of what operators stored, \
            then of what plugins ship. A name may have a version: `trip@2`.
            """, in: .stored, typed: "arcadia run tirp.json", right: "arcadia run trip.json"),
        Explanation(
            "definition.unknown", "no definition of that name, or not in that version",
            """
            `arcadia definitions list` shows the names, and `arcadia definitions versions NAME` the versions of one.
            """, in: .stored, typed: "arcadia definitions show tirp", right: "arcadia definitions list"),
        Explanation(
            "definition.version_taken", "the version is stored with another text",
            """
            A stored version never changes: whoever ran it yesterday and runs it today runs the same. Give the text \
            another `version`; the one before stays and can be run by its number. `arcadia definitions diff FILE NAME` \
            shows what is different.
            """, in: .stored, typed: "arcadia definitions put trip.json     # edited, \"version\": \"1\" as before",
            right: "arcadia definitions put trip.json     # \"version\": \"2\""),
        Explanation(
            "definition.other_name", "the definition calls itself otherwise",
            """
            `PUT /api/v1/definitions/NAME` stores a definition whose `saga` is NAME: what is run by a name is what says \
            so of itself.
            """, in: .stored),
    ]

    static let runs: [Explanation] = [
        Explanation(
            "run.unknown", "there is no such run",
            """
            A run is named by its id or by the beginning of it, as long as no other run begins so. `arcadia runs list` \
            shows the recent ones.
            """, in: .runs, typed: "arcadia runs show nosuch", right: "arcadia runs list"),
        Explanation(
            "run.ended", "the run has ended",
            """
            What has ended is not changed any more: its journal is what people go by later. `arcadia runs retry RUN \
            --from STEP` makes a new run that goes on with what the old one did.
            """, in: .runs),
        Explanation(
            "run.compensating", "the run is being taken back already",
            """
            Taking back is not cancelled half way: the outside world would be left in a state that nobody described.
            """, in: .runs),
        Explanation(
            "run.inputs_never_change", "the inputs of a run that has not ended",
            """
            Steps that are done were done with these inputs, and are taken back with them. Cancel the run, and begin \
            another one.
            """, in: .runs),
        Explanation(
            "run.key_reused", "the idempotency key belongs to another run",
            """
            A key stands for one wish: the same definition with the same inputs gives the run that was made for it, \
            whether it is asked for once or ten times. With others it is another wish, and wants a key of its own.
            """, in: .runs, typed: "arcadia run trip.json --input n=2 --idempotency-key a    # had n=1",
            right: "arcadia run trip.json --input n=2 --idempotency-key b"),
    ]
}
