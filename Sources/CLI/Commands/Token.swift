internal import ArgumentParser
internal import Glibc
internal import Identity
internal import PluginHost
internal import SagaCore

/// `arcadia token …`
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make tokens to try things with, and see what is in one.",
        subcommands: [Mint.self, Show.self, Secret.self])

    /// What a token is held against besides its secret.
    struct Names: ParsableArguments {
        @Option(name: .long, help: "Who issues it: `iss`.") var issuer: String?
        @Option(name: .long, help: "Whom it is meant for: `aud`.") var audience: String?
    }

    struct Mint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a token (HS256) and print it: for development.",
            discussion: """
                EXAMPLES
                  arcadia token secret ./secret
                  arcadia token mint --role operator --secret-file ./secret
                  arcadia token mint --role tenant_admin --tenant acme --expires 15m \\
                    --secret-file ./secret

                In earnest another service issues tokens, and arcadia only verifies them.
                """)

        @Option(name: .long, help: "viewer, operator, tenant_admin or platform_admin.") var role: String
        @Option(name: .long, help: "Only things of this tenant.") var tenant: String?
        @Option(name: .long, help: "Who it is for (default: your user name).") var subject: String?
        @Option(name: .long, help: "How long it is good, as 30s, 15m, 1h; 24h at most.") var expires = "1h"
        @Option(name: .long, help: ArgumentHelp("The file with the secret.", valueName: "file")) var secretFile: String
        @OptionGroup var names: Names

        func run() throws {
            let role = try Self.role(role)
            guard role != .tenantAdmin || tenant != nil else {
                throw Failure("usage", "a tenant_admin is of one tenant; expected `--tenant`", exit: .usage)
            }
            let secret = try secretwise { () throws(SharedSecretProblem) in try SharedSecret(file: secretFile) }
            var mint = TokenMint(
                subject: subject ?? DriftCommand.operatorName, role: role, tenant: tenant,
                lifetime: try Self.seconds(expires))
            (mint.issuer, mint.audience) = (names.issuer, names.audience)
            let now = SystemClock().now
            let token = mint.token(secret, at: now)
            try tokenwise { () throws(TokenRefusal) in
                _ = try TokenVerifier(names: names, secret: secret).verify(token, at: now)
            }
            Terminal.print(token)
        }

        private static func role(_ text: String) throws(Failure) -> Role {
            if let role = Role(rawValue: text) { return role }
            let known = Role.allCases.map(\.rawValue)
            throw Failure(
                "usage", "\"\(text)\" is not a role",
                hint: closest(to: text, among: known).map { "did you mean \"\($0)\"?" }
                    ?? "there is \(known.joined(separator: ", "))",
                exit: .usage)
        }

        /// `90s`, `15m`, `1h`; a day at most.
        private static func seconds(_ text: String) throws(Failure) -> Int64 {
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
            if let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
                (1...86_400 / unit).contains(count)
            {
                return count * unit
            }
            throw Failure("usage", "`--expires` is \"\(text)\"; expected 1s to 24h, as 90s, 15m or 1h", exit: .usage)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is in a token, and with its secret whether it is good or why not.",
            discussion: """
                EXAMPLES
                  arcadia token show -                         from stdin, not seen by `ps`
                  arcadia token show - --secret-file ./secret  exits 0 good, 77 not
                """)

        @Argument(help: "The token, or `-` for stdin.") var token: String
        @Option(name: .long, help: ArgumentHelp("The file with the secret.", valueName: "file"))
        var secretFile: String?
        @OptionGroup var names: Names
        @Option(name: .shortAndLong, help: "How results are printed: table, json or jsonl.")
        var output: OutputFormat = .table

        mutating func validate() throws { Terminal.output = output }

        func run() throws {
            let given = token == "-" ? Self.firstLine(readStandardInput() ?? "") : token
            let text = try tokenwise { () throws(TokenRefusal) in try TokenText(given) }
            let claims = try tokenwise { () throws(TokenRefusal) in try text.readClaims() }
            let refusal = try refusal(given)
            show(text.header, claims, refusal)
            guard let refusal = refusal ?? nil else { return }
            var failure = Failure(refusal)
            failure.isAfterResult = true
            throw failure
        }

        private static func firstLine(_ text: String) -> String {
            String(text.prefix { !$0.isNewline })
        }

        /// Why it is not good, nil where it is; nil for the whole where there is no secret to tell by.
        private func refusal(_ token: String) throws(Failure) -> TokenRefusal?? {
            guard let secretFile else { return .none }
            let secret = try secretwise { () throws(SharedSecretProblem) in try SharedSecret(file: secretFile) }
            do throws(TokenRefusal) {
                _ = try TokenVerifier(names: names, secret: secret).verify(token, at: SystemClock().now)
                return .some(nil)
            } catch {
                return error
            }
        }

        private func show(_ header: JSONObject, _ claims: JSONObject, _ refusal: TokenRefusal??) {
            guard output == .table else {
                return Terminal.print(json: [
                    "header": .object(header), "claims": .object(claims),
                    "good": refusal.map { .bool($0 == nil) } ?? .null,
                    "code": (refusal ?? nil).map { .string($0.code) } ?? .null,
                ])
            }
            for (key, value) in header { Terminal.print(pad("header " + key, 14) + "  " + value.text) }
            for (key, value) in claims { Terminal.print(pad(key, 14) + "  " + value.text + Self.moment(key, value)) }
            switch refusal {
            case .none: Terminal.say("note: nothing of this is proved; `--secret-file FILE` checks it")
            case .some(.none): Terminal.print("good")
            case .some(.some): break
            }
        }

        /// Times as people read them.
        private static func moment(_ key: String, _ value: JSONValue) -> String {
            guard ["exp", "iat", "nbf"].contains(key), case .int(let seconds) = value,
                (0...253_402_300_799).contains(seconds)
            else { return "" }
            return "  " + Timestamp(milliseconds: seconds * 1000).description.prefix(19) + "Z"
        }
    }

    struct Secret: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a file with a new secret, which nobody else can read.",
            discussion: """
                EXAMPLE
                  arcadia token secret /etc/arcadia/secret
                """)

        @Argument(help: "The file; nothing that is there is written over.") var file: String

        func run() throws {
            try secretwise { () throws(SharedSecretProblem) in try SharedSecret.make(file: file) }
            Terminal.say("made \(file) with a secret of 256 random bits")
        }
    }
}

extension TokenVerifier {
    fileprivate init(names: TokenCommand.Names, secret: SharedSecret) {
        var policy = TokenPolicy(algorithm: .hs256, keys: .secretFiles([]))
        (policy.issuer, policy.audience) = (names.issuer, names.audience)
        self.init(policy, secrets: [secret])
    }
}

extension Failure {
    fileprivate init(_ refusal: TokenRefusal) {
        self.init(refusal.code, refusal.message, hint: refusal.hint, exit: .notAllowed)
    }
}

private func tokenwise<Value>(_ body: () throws(TokenRefusal) -> Value) throws(Failure) -> Value {
    do throws(TokenRefusal) { return try body() } catch { throw Failure(error) }
}

func secretwise<Value>(_ body: () throws(SharedSecretProblem) -> Value) throws(Failure) -> Value {
    do throws(SharedSecretProblem) {
        return try body()
    } catch {
        let exit: Failure.Exit =
            switch error.code {
            case "secret.mode", "secret.other_owner": .notAllowed
            case "secret.unwritable", "secret.exists": .unavailable
            default: .badData
            }
        throw Failure(error.code, error.message, hint: error.hint, exit: exit)
    }
}
