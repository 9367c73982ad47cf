// swift-tools-version: 6.2

import PackageDescription

/// What the project's own Swift is built with.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The SDK for plugins in Swift: see swift/README.md. It needs the toolchain and nothing else.
let package = Package(
    name: "ArcadiaSDK",
    products: [.library(name: "ArcadiaPlugin", targets: ["ArcadiaPlugin"])],
    targets: [
        // The contract: the C header, which is all that host and plugin share.
        .target(name: "CArcadiaPlugin", path: "c"),

        // The contract in Swift: decoded inputs, outcomes by throwing, one C table.
        .target(
            name: "ArcadiaPlugin", dependencies: ["CArcadiaPlugin"], path: "swift/ArcadiaPlugin",
            swiftSettings: settings),

        .testTarget(
            name: "ArcadiaPluginTests", dependencies: ["ArcadiaPlugin", "CArcadiaPlugin"],
            path: "swift/Tests/ArcadiaPluginTests", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
