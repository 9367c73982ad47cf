internal import ArgumentParser
internal import Glibc
internal import PluginHost

/// The `arcadia` command: what it is called and what it can do.
@main
struct ArcadiaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arcadia",
        abstract: "Runs multi-step changes that either finish or take themselves back.",
        discussion: """
            EXAMPLES
              arcadia dev                                 everything, to look around in
              arcadia explain definitions                 how a definition is written
              arcadia plugins list                        what this host can do
              arcadia check trip.json                     every mistake in a definition
              arcadia explain unknown_step                what a code means
              arcadia run trip.json --input name=web-1    run it and watch
              arcadia runs show 4f2a                      what happened in a run
              arcadia serve                               stay: drive runs, fire schedules
              arcadia runs list --server https://host     the same of a server
              arcadia resume                              go on with whatever was cut off
              arcadia simulate digitalocean               a provider to try things against

            EXIT CODES of `run` and `runs watch`: 0 completed, 1 rolled_back, 2 failed (a
            person is needed). Everywhere: 64 usage, 65 bad definition or inputs, 69 cannot
            go on, 70 our bug, 74 disk, 77 not allowed.
            """,
        version: "arcadia \(HostVersion.text) (plugin ABI 1.0)",
        subcommands: [
            CheckCommand.self, ExplainCommand.self, FormatCommand.self, SchemaCommand.self, PlanCommand.self,
            RunCommand.self,
            ResumeCommand.self, RunsCommand.self,
            DefinitionsCommand.self,
            PluginsCommand.self,
            ProvisionCommand.self, SnapshotCommand.self, ResizeCommand.self, DestroyCommand.self,
            InventoryCommand.self, ProjectsCommand.self, ProvisionedCommand.self, DriftCommand.self,
            BillingCommand.self,
            SchedulesCommand.self, JobsCommand.self, ServeCommand.self, LoginCommand.self, ContextCommand.self,
            TokenCommand.self, AuditCommand.self,
            SimulateCommand.self, DevCommand.self,
        ])

    /// ArgumentParser's own messages and exit code for usage; ours for the rest.
    static func main() {
        if WorkerProcess.isMeant(CommandLine.arguments) { WorkerProcess.run(CommandLine.arguments) }
        do {
            // `| head` ends the reader, not the run.
            signal(SIGPIPE, SIG_IGN)
            if let unknown = UnknownCommand(CommandLine.arguments.dropFirst(), of: Self.self) { throw unknown.failure }
            var command = try parseAsRoot()
            try command.run()
            fflush(nil)
            _exit(0)
        } catch let failure as Failure {
            failure.exit()
        } catch {
            exit(withError: error)
        }
    }
}
