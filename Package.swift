// swift-tools-version: 6.2
import CompilerPluginSupport
import PackageDescription

// The manifest is the architecture: a target imports only targets listed before it.

let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let nioHTTP2: [Target.Dependency] = ["NIOHTTP2", "NIOHPACK"].map { .product(name: $0, package: "swift-nio-http2") }
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"]))
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"]))
let syntax: [Target.Dependency] = [
    "SwiftSyntax", "SwiftParser", "SwiftSyntaxBuilder", "SwiftSyntaxMacros", "SwiftDiagnostics", "SwiftCompilerPlugin",
].map { .product(name: $0, package: "swift-syntax") }
let observed: [Target.Dependency] = [
    metrics, tracing, log, .product(name: "Instrumentation", package: "swift-distributed-tracing"), .product(name: "Crypto", package: "swift-crypto"),
]
let contract: [Target.Dependency] = ["InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport"]

let package = Package(
    name: "interlock",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "interlock", targets: ["InterlockCLI"]),
        .executable(name: "interlock-audit", targets: ["InterlockAuditCLI"]),
    ] + [
        "Interlock", "InterlockConcurrency", "InterlockSimulation", "InterlockHistory", "InterlockAudit", "InterlockJSON", "InterlockProtocol", "InterlockTransport", "InterlockStorage",
        "InterlockServer", "InterlockClient", "InterlockStdio", "InterlockHTTPServer", "InterlockHTTPClient", "InterlockSQLite", "InterlockRedis", "InterlockAuthorization", "InterlockObservability", "InterlockProfiler", "InterlockAdmin", "InterlockDiagnostics", "InterlockTesting",
    ].map { .library(name: $0, targets: [$0]) },
    traits: [
        .trait(name: "TLS", description: "TLS for the HTTP transports: builds a second TLS stack (BoringSSL), which takes minutes."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
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
        .target(name: "InterlockHistory"),
        .target(name: "InterlockAudit", dependencies: [.product(name: "SwiftSyntax", package: "swift-syntax"), .product(name: "SwiftParser", package: "swift-syntax")]),
        .target(name: "InterlockJSON"),
        .target(name: "CSampler"),
        // Preloaded into servers, linked to nothing: dev/object-census makes the library of it.
        .target(name: "CObjectCensus"),
        .target(name: "InterlockProfiler", dependencies: ["CSampler", "InterlockConcurrency"]),

        // 2: the protocol and the contracts
        .target(name: "InterlockProtocol", dependencies: ["InterlockJSON"]),
        .target(name: "InterlockTransport", dependencies: ["InterlockConcurrency", "InterlockJSON", "InterlockProtocol"]),
        .target(name: "InterlockStorage", dependencies: ["InterlockConcurrency", "InterlockJSON"]),

        // 3: the runtimes
        .target(name: "InterlockServer", dependencies: contract + ["InterlockStorage", log, metrics, tracing, .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "InterlockClient", dependencies: contract + [log]),

        // 4: one outside thing each
        .target(
            name: "InterlockStdio",
            dependencies: contract + [
                log, .product(name: "Subprocess", package: "swift-subprocess"), .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(name: "InterlockHTTPServer", dependencies: contract + nio + nioHTTP2 + [nioSSL, log]),
        .target(name: "InterlockHTTPClient", dependencies: contract + nio + nioHTTP2 + [nioSSL, nioTLS, log]),
        .target(name: "InterlockSQLite", dependencies: ["InterlockConcurrency", "InterlockJSON", "InterlockStorage", .product(name: "GRDB", package: "GRDB.swift")]),

        .target(
            name: "InterlockRedis",
            dependencies: [
                "InterlockConcurrency", "InterlockJSON", "InterlockStorage", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), nioSSL, log,
            ]),
        .target(
            name: "InterlockAuthorization",
            dependencies: contract + [log, .product(name: "Crypto", package: "swift-crypto"), .product(name: "JWTKit", package: "jwt-kit")]),
        .target(
            name: "InterlockObservability", dependencies: ["InterlockConcurrency", "InterlockJSON", "InterlockTransport", "InterlockProfiler"] + observed),

        // 5: what is built of them
        .target(
            name: "InterlockTesting",
            dependencies: contract + [
                "InterlockSimulation", "InterlockHistory", "InterlockStorage", "InterlockServer", "InterlockClient", "InterlockStdio",
                "InterlockHTTPServer", "InterlockHTTPClient",
            ]),
        .target(
            name: "InterlockAdmin",
            dependencies: contract + [
                "InterlockServer", "InterlockStorage", "InterlockHTTPServer", "InterlockObservability", "InterlockProfiler", log,
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "InterlockDiagnostics",
            dependencies: contract + [
                "InterlockSimulation", "InterlockHistory", "InterlockProfiler", "InterlockClient", "InterlockStdio", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"), .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "InterlockReference",
            dependencies: contract + nio + [
                "InterlockServer", "InterlockHTTPServer", log, .product(name: "GRDB", package: "GRDB.swift"),
                .target(name: "CCrypt", condition: .when(platforms: [.linux])), .target(name: "CMalloc", condition: .when(platforms: [.linux])),
            ]),

        // 6: what people use
        .macro(name: "InterlockMacros", dependencies: syntax),
        .target(name: "Interlock", dependencies: contract + ["InterlockServer", "InterlockStdio", "InterlockHTTPServer", "InterlockMacros"]),
        .target(
            name: "InterlockCommands",
            dependencies: contract + [
                "InterlockServer", "InterlockClient", "InterlockStdio", "InterlockHTTPServer", "InterlockHTTPClient", "InterlockSQLite",
                "InterlockRedis", "InterlockAuthorization", "InterlockObservability", "InterlockAdmin", "InterlockReference", "InterlockStorage", "InterlockDiagnostics", "InterlockProfiler", log, metrics, tracing, .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(name: "InterlockCLI", dependencies: ["InterlockCommands"]),
        // By itself, because the parser of Swift takes minutes to build and nobody needs it to serve.
        .executableTarget(name: "InterlockAuditCLI", dependencies: ["InterlockAudit", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        // A server with one known fault at a time, for the tests of what finds them.
        .executableTarget(name: "InterlockFaultyServer", dependencies: ["Interlock"], path: "Tests/Fixtures/FaultyServer"),
        // A server that shares a lock with others like it, for the tests of what becomes of the lock when one of them dies.
        .executableTarget(name: "InterlockLockServer", dependencies: ["Interlock", "InterlockRedis"], path: "Tests/Fixtures/LockServer"),

        .testTarget(name: "InterlockConcurrencyTests", dependencies: ["InterlockConcurrency", "InterlockSimulation"]),
        .testTarget(name: "InterlockSimulationTests", dependencies: ["InterlockConcurrency", "InterlockSimulation"]),
        .testTarget(name: "InterlockHistoryTests", dependencies: ["InterlockHistory"]),
        .testTarget(name: "InterlockAuditTests", dependencies: ["InterlockAudit", "InterlockAuditCLI"]),
        .testTarget(name: "InterlockJSONTests", dependencies: ["InterlockJSON"]),
        .testTarget(name: "InterlockProfilerTests", dependencies: ["InterlockProfiler", "CSampler", "InterlockConcurrency", "InterlockSimulation"]),
        .testTarget(name: "InterlockProtocolTests", dependencies: ["InterlockJSON", "InterlockProtocol"]),
        .testTarget(name: "InterlockTransportTests", dependencies: contract + ["InterlockClient", "InterlockServer", "InterlockTesting", "InterlockSimulation"]),
        .testTarget(
            name: "InterlockServerTests",
            dependencies: [
                "InterlockServer", "InterlockTesting", "InterlockSimulation", .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"), tracing, log,
            ]),
        .testTarget(name: "InterlockClientTests", dependencies: contract + ["InterlockClient", "InterlockSimulation"]),
        .testTarget(name: "InterlockStdioTests", dependencies: contract + ["InterlockStdio", "InterlockSimulation", log]),
        .testTarget(
            name: "InterlockHTTPServerTests",
            dependencies: contract + [
                "InterlockHTTPServer", "InterlockSimulation", log, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"), .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .testTarget(
            name: "InterlockHTTPClientTests",
            dependencies: contract + nio + nioHTTP2 + ["InterlockHTTPClient", "InterlockClient", "InterlockServer", "InterlockHTTPServer", "InterlockSimulation"]),
        .testTarget(name: "InterlockStorageTests", dependencies: ["InterlockStorage", "InterlockConcurrency", "InterlockJSON", "InterlockSimulation"]),
        .testTarget(
            name: "InterlockSQLiteTests",
            dependencies: ["InterlockSQLite", "InterlockStorage", "InterlockConcurrency", "InterlockJSON", "InterlockSimulation", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(
            name: "InterlockRedisTests",
            dependencies: [
                "InterlockRedis", "InterlockSQLite", "InterlockServer", "InterlockTransport", "InterlockProtocol", "InterlockTesting", "InterlockConcurrency",
                "InterlockSimulation", "InterlockJSON", "InterlockStorage", log, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "InterlockAuthorizationTests",
            dependencies: contract + nio + [
                "InterlockAuthorization", "InterlockSimulation", log, .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"), .product(name: "JWTKit", package: "jwt-kit"),
            ]),
        .testTarget(
            name: "InterlockAdminTests",
            dependencies: contract + [
                "InterlockAdmin", "InterlockServer", "InterlockStorage", "InterlockHTTPServer", "InterlockObservability", "InterlockProfiler", "InterlockSimulation",
                "InterlockTesting", log, metrics,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "InterlockObservabilityTests",
            dependencies: ["InterlockObservability", "InterlockConcurrency", "InterlockJSON", "InterlockTransport", "InterlockProfiler", "InterlockSimulation"] + observed),
        .testTarget(name: "InterlockTestingTests", dependencies: contract + ["InterlockSimulation", "InterlockHistory", "InterlockStorage", "InterlockSQLite", "InterlockTesting"]),
        .testTarget(
            name: "InterlockReferenceTests",
            dependencies: contract + ["InterlockReference", "InterlockSimulation", "InterlockClient", "InterlockServer", "InterlockHTTPServer", log]),
        .testTarget(
            name: "InterlockCommandsTests",
            dependencies: contract + [
                "InterlockCLI", "InterlockCommands", "InterlockAuthorization", "InterlockObservability", "InterlockServer", "InterlockSimulation", "InterlockClient",
                "InterlockStdio", "InterlockHTTPClient", "InterlockProfiler", "InterlockAdmin", "InterlockRedis", "InterlockSQLite", "InterlockStorage", "InterlockDiagnostics", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(
            name: "InterlockMacrosTests",
            dependencies: syntax + [
                "InterlockMacros", .product(name: "SwiftSyntaxMacrosGenericTestSupport", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacroExpansion", package: "swift-syntax"),
            ]),
        .testTarget(
            name: "InterlockDiagnosticsTests", dependencies: contract + ["InterlockDiagnostics", "InterlockHistory", "InterlockProfiler", "InterlockSimulation", "InterlockClient", "InterlockServer"]),
        .testTarget(
            name: "InterlockTests",
            dependencies: ["Interlock", "InterlockConcurrency", "InterlockDiagnostics", "InterlockHistory", "InterlockSimulation", "InterlockTesting"]),
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
