// swift-tools-version: 6.2

import Foundation
import PackageDescription

/// House settings of every Swift target: see SE-0335, SE-0409 and SE-0444.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "arcadia",
    products: [
        .executable(name: "arcadia", targets: ["CLI"]),
        .library(name: "SagaCore", targets: ["SagaCore"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    // In the order a run meets them.
    targets: [
        // What a saga is and what a run does. Imports nothing of ours, does no I/O.
        .target(
            name: "SagaCore", dependencies: [.product(name: "Crypto", package: "swift-crypto")], swiftSettings: settings
        ),

        // The journal and the tables around it: one SQL text, one driver a database.
        .target(
            name: "Storage",
            dependencies: [
                "SagaCore", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),

        // Who is asking: tokens, keys, roles, scopes, sessions. Knows no HTTP.
        .target(
            name: "Identity",
            dependencies: [
                "SagaCore", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings),

        // The contract with plugins: the C header, which is all a plugin sees.
        .target(name: "CArcadiaPlugin", path: "sdk/c"),

        // Find, verify, load and call plugins. C pointers stop here.
        // libffi by its archive: its shared library has another name on the next Debian, and a release runs on both.
        .target(name: "CPluginHost", linkerSettings: [.linkedLibrary(":libffi.a")]),
        .target(name: "CHTTP"),
        .target(name: "CJQ"),
        .target(
            name: "PluginHost",
            dependencies: [
                "SagaCore", "CArcadiaPlugin", "CPluginHost", "CHTTP", "CJQ",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),

        // What a plugin must keep to, tried on it a test at a time, each in a worker of its own.
        .target(name: "Conformance", dependencies: ["SagaCore", "PluginHost"], swiftSettings: settings),

        // What an account holds, what it was asked to be, what it costs.
        .target(name: "CloudControl", dependencies: ["SagaCore", "Storage"], swiftSettings: settings),

        // What is done again and again, when, and by whom.
        .target(name: "Scheduling", dependencies: ["SagaCore", "Storage"], swiftSettings: settings),

        // The API and the operator's page over HTTP. The page's files are embedded by a C target: no resource bundle to lose.
        .target(name: "CServerPage", exclude: ["README.md", "openapi.json", "page"]),
        .target(
            name: "Server",
            dependencies: [
                "SagaCore", "Storage", "Identity", "PluginHost", "CloudControl", "Scheduling", "CServerPage",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        // DigitalOcean's API on loopback, with a state of its own, to try sagas against. Imports nothing of ours.
        .target(
            name: "Simulator",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),

        // The SDKs and templates, embedded: `arcadia plugins new` needs nothing that lies elsewhere.
        .target(name: "CPluginSDK", exclude: ["list"]),

        // Where they meet: the `arcadia` command.
        .executableTarget(
            name: "CLI",
            dependencies: [
                "SagaCore", "Storage", "Identity", "PluginHost", "Conformance", "CloudControl", "Scheduling", "Server",
                "Simulator", "CPluginSDK",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // Definitions made at random, and what is held against what over them.
        .target(
            name: "DefinitionGrammar", dependencies: ["SagaCore"], path: "Tests/Grammar", swiftSettings: settings),
        .target(name: "CChildProcess", path: "Tests/Spawn"),
        // Helpers of the tests: scripted operations, temporary folders, the real program.
        .target(
            name: "ArcadiaTesting", dependencies: ["SagaCore", "Storage", "PluginHost", "CChildProcess"],
            path: "Tests/Testing",
            swiftSettings: settings),
        .testTarget(
            name: "SagaCoreTests", dependencies: ["SagaCore", "ArcadiaTesting", "DefinitionGrammar"],
            swiftSettings: settings),
        .testTarget(
            name: "StorageTests", dependencies: ["SagaCore", "Storage", "PluginHost", "ArcadiaTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "SagaCore", "Identity", "Server", "ArcadiaTesting", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "CloudControlTests", dependencies: ["SagaCore", "Storage", "CloudControl", "ArcadiaTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "SchedulingTests", dependencies: ["SagaCore", "Storage", "Scheduling", "ArcadiaTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "PluginHostTests", dependencies: ["CLI", "SagaCore", "PluginHost", "CHTTP", "ArcadiaTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "SagaCore", "Storage", "Identity", "PluginHost", "CloudControl", "Scheduling", "Server",
                "ArcadiaTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: settings),
        .testTarget(name: "SimulatorTests", dependencies: ["Simulator"], swiftSettings: settings),
        .testTarget(
            name: "CLITests", dependencies: ["CLI", "SagaCore", "Storage", "Scheduling", "ArcadiaTesting"],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// Built only for `make bench`.
if ProcessInfo.processInfo.environment["ARCADIA_BENCH"] != nil {
    package.targets.append(
        .executableTarget(
            name: "arcadia-bench", dependencies: ["SagaCore", "Storage", "PluginHost", "CloudControl"],
            path: "Benchmarks/ArcadiaBench", swiftSettings: settings))
    package.targets.append(
        .executableTarget(
            name: "arcadia-bare",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Benchmarks/Bare", swiftSettings: settings))
}

// Built only for `make fuzz` and `make schema`, of what reads definitions and draws plans alone. The value is libFuzzer's
// archive without a `main`.
if let runtime = ProcessInfo.processInfo.environment["ARCADIA_FUZZ"] {
    let instrumented = settings + [.unsafeFlags(["-sanitize=fuzzer"])]
    package.products = []
    package.targets = package.targets.filter { ["SagaCore", "DefinitionGrammar"].contains($0.name) }
    package.targets[0].swiftSettings = instrumented
    package.targets += [
        // How plans are shown.
        .target(
            name: "PlanDrawing", dependencies: ["SagaCore"], path: "Sources/CLI",
            sources: [
                "Output/Count.swift", "Output/FactSheet.swift", "Output/JSONValue+Shown.swift", "Plan/PlanDot.swift",
                "Plan/PlanGraph.swift", "Plan/PlanLayout.swift", "Plan/PlanMermaid.swift", "Plan/PlanSVG.swift",
                "Plan/PlanText.swift", "Plan/PlanWords.swift",
            ], swiftSettings: instrumented + [.unsafeFlags(["-enable-testing"])]),
        .executableTarget(
            name: "arcadia-fuzz", dependencies: ["SagaCore", "DefinitionGrammar", "PlanDrawing"], path: "Tests/Fuzz",
            swiftSettings: instrumented,
            linkerSettings: [.unsafeFlags(["-Xlinker", runtime]), .linkedLibrary("stdc++"), .linkedLibrary("m")]),
    ]
}
