// swift-tools-version: 6.2
import PackageDescription

// Fuzz targets for libFuzzer; `dev/fuzz` builds them with the sanitizers and runs them.
// Linked pure files of the HTTP modules stand beside the targets that use them, so that SwiftNIO need not be built.

let package = Package(
    name: "interlock-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "interlock", path: "../")],
    targets: [
        .target(name: "Findings"),
        .executableTarget(name: "fuzz-message", dependencies: ["Findings", .product(name: "InterlockJSON", package: "interlock")], path: "Sources/FuzzMessage"),
        .executableTarget(name: "fuzz-writer", dependencies: ["Findings", .product(name: "InterlockJSON", package: "interlock")], path: "Sources/FuzzWriter"),
        .executableTarget(
            name: "fuzz-framing", dependencies: ["Findings", .product(name: "InterlockTransport", package: "interlock")], path: "Sources/FuzzFraming"),
        .executableTarget(
            name: "fuzz-headers",
            dependencies: [
                "Findings", .product(name: "InterlockJSON", package: "interlock"), .product(name: "InterlockProtocol", package: "interlock"),
            ],
            path: "Sources/FuzzHeaders"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility", "NonisolatedNonsendingByDefault", "InferIsolatedConformances",
    ].map { .enableUpcomingFeature($0) }
    // libFuzzer brings its own main.
    if target.type == .executable { target.swiftSettings?.append(.unsafeFlags(["-parse-as-library"])) }
}
