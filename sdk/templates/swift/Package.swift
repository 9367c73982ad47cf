// swift-tools-version: 6.2

import PackageDescription

/// Where the SDK is: outside the Arcadia repository, the path to your copy of its folder `sdk`.
let sdk = Context.environment["ARCADIA_SDK"] ?? "../.."

/// The plugin's id: the name of its folder, of its library, and in plugin.json.
let id = "greeter"

let sdkPath = sdk.hasPrefix("/") ? sdk : Context.packageDirectory + "/" + sdk

let package = Package(
    name: id,
    products: [.library(name: id, type: .dynamic, targets: [id])],
    dependencies: [.package(name: "ArcadiaSDK", path: sdk)],
    targets: [
        .target(
            name: id,
            dependencies: [.product(name: "ArcadiaPlugin", package: "ArcadiaSDK")],
            linkerSettings: [
                .unsafeFlags([
                    // Swift's runtime inside, so that the library runs where no Swift is, or another one.
                    "-static-stdlib", "-no-toolchain-stdlib-rpath",
                    // The linker that comes with Swift, small: it is the one that hides everything but the entry.
                    "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "--icf=safe",
                    // What FoundationEssentials, which reads and writes the JSON, needs then.
                    "-l_FoundationCShims", "-l_FoundationCollections", "-lswiftSynchronization",
                    // One symbol out; never unloaded; what is missing shows now; symbols are fixed before code runs.
                    "-Xlinker", "--version-script=\(sdkPath)/link/one-symbol.map",
                    "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "-z", "-Xlinker", "defs",
                    "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now",
                ])
            ])
    ],
    swiftLanguageModes: [.v6]
)
