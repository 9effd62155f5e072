// swift-tools-version: 6.2
import PackageDescription

// Hammers every primitive of InterlockConcurrency; `dev/stress` builds it with and without ThreadSanitizer and runs both. Linux only.

let package = Package(
    name: "interlock-stress",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "interlock", path: "../")],
    targets: [
        .target(name: "CSanitizer", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .executableTarget(name: "stress", dependencies: ["CSanitizer", .product(name: "InterlockConcurrency", package: "interlock")], path: "Sources/Stress"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type == .executable {
    target.swiftSettings = [
        "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility", "NonisolatedNonsendingByDefault", "InferIsolatedConformances",
    ].map { .enableUpcomingFeature($0) }
}
