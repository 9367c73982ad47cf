internal import ArgumentParser
internal import CloudControl
internal import Glibc
internal import Identity
internal import SagaCore

/// `arcadia provision …`
struct ProvisionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provision", abstract: "Make something in the account, and keep it as it was asked for.",
        subcommands: [Droplet.self])

    struct Droplet: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a droplet, wait until it is active, and register what was asked for.",
            discussion: """
                EXAMPLES
                  arcadia provision droplet web-1
                  arcadia provision droplet web-1 --size s-2vcpu-2gb --region fra1 --tag web
                  arcadia provision droplet web-1 --idempotency-key web-1  made once

                Runs the definition provision_droplet. If a step fails, the droplet is
                destroyed again.

                \(RoleNeed.help(.submitRuns))
                """)

        @Argument(help: "Its name, which becomes its host name.") var name: String
        @Option(help: ArgumentHelp("How large; else s-1vcpu-1gb.", valueName: "slug")) var size: String?
        @Option(help: ArgumentHelp("Where; else nyc3.", valueName: "slug")) var region: String?
        @Option(help: ArgumentHelp("From what; else ubuntu-24-04-x64.", valueName: "slug or number"))
        var image: String?
        @Option(help: "A tag; may be repeated.") var tag: [String] = []
        @Option(help: ArgumentHelp("A key's number or fingerprint; may be repeated.", valueName: "key"))
        var sshKey: [String] = []
        @Option(help: ArgumentHelp("A file for cloud-init, up to 64 KiB.", valueName: "file")) var userData: String?
        @Option(help: ArgumentHelp("The network it is in.", valueName: "uuid")) var vpc: String?
        @OptionGroup var submission: SubmissionOptions
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            var inputs: JSONObject = ["name": .string(name)]
            inputs["size"] = size.map(JSONValue.string)
            inputs["region"] = region.map(JSONValue.string)
            inputs["image"] = image.map(Self.numberOrText)
            inputs["tags"] = tag.isEmpty ? nil : .array(tag.map(JSONValue.string))
            inputs["ssh_keys"] = sshKey.isEmpty ? nil : .array(sshKey.map(Self.numberOrText))
            inputs["user_data"] = try userData.map { try .string(text(of: $0, wiring)) }
            inputs["vpc_uuid"] = vpc.map(JSONValue.string)
            try submission.submit("provision_droplet", inputs, wiring)
        }

        private static func numberOrText(_ text: String) -> JSONValue {
            Int64(text).map(JSONValue.int) ?? .string(text)
        }

        private func text(of file: String, _ wiring: Wiring) throws(Failure) -> String {
            guard let text = wiring.readFile(file) else {
                throw Failure("file.unreadable", "there is no file \"\(file)\" with user data", exit: .usage)
            }
            return text
        }
    }
}

/// `arcadia destroy …`
struct DestroyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy", abstract: "Destroy something in the account. Nothing brings it back.",
        subcommands: [Droplet.self])

    struct Droplet: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroy a droplet and wait until it is gone. Nothing brings it back.",
            discussion: """
                EXAMPLES
                  arcadia snapshot droplet web-1     first, if its disk matters
                  arcadia destroy droplet web-1
                  arcadia destroy droplet 3164444 --yes

                Runs the definition destroy_droplet. Afterwards nothing is asked of the droplet
                any more.

                \(RoleNeed.help(.submitRuns))
                """)

        @Argument(help: SubmissionOptions.dropletHelp) var droplet: String
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var submission: SubmissionOptions
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let (id, name) = try submission.droplet(droplet, wiring)
            if !yes { try confirm(name) }
            try submission.submit("destroy_droplet", ["droplet_id": .int(id)], wiring)
        }

        private func confirm(_ name: String) throws(Failure) {
            switch Terminal.confirm("destroy \(name) for good?") {
            case true?: return
            case false?: throw Failure("destroy.declined", "nothing was destroyed", exit: .rolledBack)
            case nil:
                throw Failure(
                    "destroy.not_confirmed",
                    "\(name) would be destroyed for good, and there is nobody to ask: stdin is no terminal",
                    hint: "`--yes` destroys without asking", exit: .usage)
            }
        }
    }
}

/// `arcadia snapshot …`
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Take a snapshot of something in the account.", subcommands: [Droplet.self])

    struct Droplet: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a snapshot of a droplet and wait until it is there.",
            discussion: """
                EXAMPLES
                  arcadia snapshot droplet web-1
                  arcadia snapshot droplet 3164444 --name before-upgrade

                Runs the definition snapshot_droplet.

                \(RoleNeed.help(.submitRuns))
                """)

        @Argument(help: SubmissionOptions.dropletHelp) var droplet: String
        @Option(help: "The snapshot's name; else one that tells the run.") var name: String?
        @OptionGroup var submission: SubmissionOptions
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            var inputs: JSONObject = ["droplet_id": .int(try submission.droplet(droplet, wiring).id)]
            inputs["name"] = name.map(JSONValue.string)
            try submission.submit("snapshot_droplet", inputs, wiring)
        }
    }
}

/// `arcadia resize …`
struct ResizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resize", abstract: "Give something in the account another size.", subcommands: [Droplet.self])

    struct Droplet: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a droplet another size: it is switched off, resized and switched on again.",
            discussion: """
                EXAMPLES
                  arcadia resize droplet web-1 --size s-2vcpu-2gb
                  arcadia resize droplet web-1 --size s-4vcpu-8gb --disk  for good

                Runs the definition resize_droplet. The new size is what is asked of the
                droplet from then on.

                \(RoleNeed.help(.submitRuns))
                """)

        @Argument(help: SubmissionOptions.dropletHelp) var droplet: String
        @Option(help: ArgumentHelp("How large.", valueName: "slug")) var size: String
        @Flag(help: "Grow the disk as well, which cannot be taken back.") var disk = false
        @OptionGroup var submission: SubmissionOptions
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let id = try submission.droplet(droplet, wiring).id
            try submission.submit(
                "resize_droplet", ["droplet_id": .int(id), "size": .string(size), "disk": .bool(disk)], wiring)
        }
    }
}

/// What the short forms of shipped definitions have in common.
struct SubmissionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Make the run once only: with a key that was used before, that run is shown.", valueName: "key"))
    var idempotencyKey: String?

    @Flag(name: .long, help: "Record the run and return; a host that is running, or `arcadia resume`, drives it.")
    var detach = false

    static let dropletHelp: ArgumentHelp = "Its number, its id in the inventory, or a name that only one thing has."

    func submit(_ definition: String, _ inputs: JSONObject, _ wiring: Wiring) throws {
        let submission = RunSubmission(wiring, definition: definition, idempotencyKey: idempotencyKey) {
            schema throws(Failure) in try RunInputs.checked(inputs, schema)
        }
        if detach { try submission.record() } else { try submission.drive() }
    }

    /// The droplet's number at the provider, and what to call it.
    func droplet(_ given: String, _ wiring: Wiring) throws -> (id: Int64, name: String) {
        if let id = Int64(given), id > 0 { return (id, "droplet \(id)") }
        let cloud = try Cloud(wiring, provider: "digitalocean")
        let row = try cloudwise { try cloud.inventory.show(given, in: .operatorOfThisMachine) }
        guard row.kind == "droplet", let id = Int64(row.providerID) else {
            throw Failure(
                "droplet.other_kind", "\(row.resourceID) is a \(row.kind); expected a droplet",
                hint: "`arcadia inventory list --kind droplet` shows them", exit: .usage)
        }
        return (id, "\(row.name) (droplet \(id))")
    }
}
