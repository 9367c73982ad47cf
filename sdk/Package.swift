// swift-tools-version: 6.2

import Foundation
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
    products: [
        .library(name: "ArcadiaPlugin", targets: ["ArcadiaPlugin"]),
        .library(name: "ArcadiaPluginTesting", targets: ["ArcadiaPluginTesting"]),
    ],
    targets: [
        // The contract: the C header, which is all that host and plugin share.
        .target(name: "CArcadiaPlugin", path: "c"),

        // The contract in Swift: decoded inputs, outcomes by throwing, one C table.
        .target(
            name: "ArcadiaPlugin", dependencies: ["CArcadiaPlugin"], path: "swift/ArcadiaPlugin",
            swiftSettings: settings),

        // A host for the tests of a plugin.
        .target(
            name: "ArcadiaPluginTesting", dependencies: ["ArcadiaPlugin"], path: "swift/ArcadiaPluginTesting",
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// The copy inside a plugin's own folder comes without the SDK's tests.
let tests = "swift/Tests/ArcadiaPluginTests"
if FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + tests) {
    package.targets.append(
        .testTarget(
            name: "ArcadiaPluginTests", dependencies: ["ArcadiaPlugin", "ArcadiaPluginTesting", "CArcadiaPlugin"],
            path: tests,
            swiftSettings: settings))
}
