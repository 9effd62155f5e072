// swift-tools-version: 6.2
import PackageDescription

// The manifest is the architecture: a target imports only targets listed before it.

let package = Package(
    name: "interlock",
    platforms: [.macOS(.v15)],
    traits: [
        .trait(name: "TLS", description: "TLS for the HTTP transports: builds a second TLS stack (BoringSSL), which takes minutes."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"),
    ],
    targets: [
        .target(name: "InterlockConcurrency"),
        .target(name: "InterlockSimulation", dependencies: ["InterlockConcurrency"]),
        .target(name: "InterlockJSON"),
        .target(name: "InterlockProtocol", dependencies: ["InterlockJSON"]),
        .target(name: "InterlockTransport", dependencies: ["InterlockConcurrency", "InterlockJSON", "InterlockProtocol"]),
        .target(name: "InterlockStorage", dependencies: ["InterlockConcurrency", "InterlockJSON"]),
        .target(
            name: "InterlockServer",
            dependencies: [
                "InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport", "InterlockStorage",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "InterlockTesting",
            dependencies: ["InterlockConcurrency", "InterlockSimulation", "InterlockJSON", "InterlockProtocol", "InterlockTransport", "InterlockStorage", "InterlockServer"]),
        .testTarget(name: "InterlockServerTests", dependencies: ["InterlockServer", "InterlockTesting", "InterlockSimulation"]),
    ],
    swiftLanguageModes: [.v6]
)

/// Compiler features of every target of ours; `dev/check-features` compares the names with the compiler's own list.
let upcomingFeatures = [
    "ExistentialAny",
    "InternalImportsByDefault",
    "MemberImportVisibility",
    "NonisolatedNonsendingByDefault",
    "InferIsolatedConformances",
]

for target in package.targets where [.regular, .executable, .test, .macro].contains(target.type) {
    target.swiftSettings = (target.swiftSettings ?? []) + upcomingFeatures.map { .enableUpcomingFeature($0) }
}
