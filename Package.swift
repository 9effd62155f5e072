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
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"),
    ],
    targets: [
        // 1: knows no MCP
        .target(name: "InterlockConcurrency"),
        .target(name: "InterlockSimulation", dependencies: ["InterlockConcurrency"]),
        .target(name: "InterlockJSON"),

        // 2: the protocol and the contracts
        .target(name: "InterlockProtocol", dependencies: ["InterlockJSON"]),
        .target(name: "InterlockTransport", dependencies: ["InterlockConcurrency", "InterlockJSON", "InterlockProtocol"]),
        .target(name: "InterlockStorage", dependencies: ["InterlockConcurrency", "InterlockJSON"]),

        // 3: the runtimes
        .target(
            name: "InterlockServer",
            dependencies: [
                "InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport", "InterlockStorage",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "InterlockClient",
            dependencies: [
                "InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport", .product(name: "Logging", package: "swift-log"),
            ]),

        // 4: one outside thing each
        .target(
            name: "InterlockStdio",
            dependencies: [
                "InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport", .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"), .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "InterlockHTTPServer",
            dependencies: [
                "InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
            ]),
        .target(
            name: "InterlockHTTPClient",
            dependencies: [
                "InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
            ]),
        .target(
            name: "InterlockSQLite",
            dependencies: ["InterlockJSON", "InterlockStorage", .product(name: "GRDB", package: "GRDB.swift")]),

        // 5: what is built of them
        .target(
            name: "InterlockTesting",
            dependencies: [
                "InterlockConcurrency", "InterlockSimulation", "InterlockJSON", "InterlockProtocol", "InterlockTransport", "InterlockStorage",
                "InterlockServer", "InterlockClient", "InterlockStdio", "InterlockHTTPServer", "InterlockHTTPClient",
            ]),

        .testTarget(name: "InterlockConcurrencyTests", dependencies: ["InterlockConcurrency", "InterlockSimulation"]),
        .testTarget(name: "InterlockSimulationTests", dependencies: ["InterlockConcurrency", "InterlockSimulation"]),
        .testTarget(name: "InterlockJSONTests", dependencies: ["InterlockJSON"]),
        .testTarget(name: "InterlockProtocolTests", dependencies: ["InterlockJSON", "InterlockProtocol"]),
        .testTarget(
            name: "InterlockTransportTests",
            dependencies: ["InterlockClient", "InterlockServer", "InterlockTesting", "InterlockSimulation", "InterlockTransport"]),
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
