// swift-tools-version: 6.2

import PackageDescription

/// The plugin's id: the name of its folder, of its library, and in plugin.json.
let id = "greeter"

/// Its code: a module, named apart from everything that is imported.
let module = "greeter_plugin"

let sdk = Context.packageDirectory + "/../.."

let package = Package(
    name: id,
    products: [.library(name: id, type: .dynamic, targets: [module])],
    dependencies: [.package(name: "ArcadiaSDK", path: sdk)],
    targets: [
        .target(
            name: module,
            dependencies: [.product(name: "ArcadiaPlugin", package: "ArcadiaSDK")],
            linkerSettings: [
                .unsafeFlags(
                    [
                        // Swift's runtime inside, so that the library runs where no Swift is, or another one.
                        "-static-stdlib", "-no-toolchain-stdlib-rpath",
                        // The linker that comes with Swift, small: it is the one that hides everything but the entry.
                        "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "--icf=safe",
                        // What FoundationEssentials, which reads and writes the JSON, needs then.
                        "-l_FoundationCShims", "-l_FoundationCollections", "-lswiftSynchronization",
                        // One symbol out; never unloaded; what is missing shows now; symbols are fixed before code runs.
                        "-Xlinker", "--version-script=\(sdk)/link/one-symbol.map",
                        "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "-z", "-Xlinker", "defs",
                        "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now",
                    ], .when(configuration: .release))
            ]),
        .testTarget(
            name: "tests",
            dependencies: [
                .target(name: module), .product(name: "ArcadiaPluginTesting", package: "ArcadiaSDK"),
            ],
            path: "Tests"),
    ],
    swiftLanguageModes: [.v6]
)
