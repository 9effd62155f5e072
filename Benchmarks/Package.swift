// swift-tools-version: 6.2
import PackageDescription

// Measures the package beside it. Linux only: it reads /proc, waits with epoll and counts glibc's allocations.

let package = Package(
    name: "interlock-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "interlock", path: "../"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    ],
    targets: [
        .target(name: "CAllocationCount"),
        .target(
            name: "EchoTool",
            dependencies: [
                .product(name: "InterlockConcurrency", package: "interlock"), .product(name: "InterlockJSON", package: "interlock"),
                .product(name: "InterlockServer", package: "interlock"), .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "echo-server",
            dependencies: [
                "EchoTool", .product(name: "InterlockHTTPServer", package: "interlock"),
                .product(name: "InterlockServer", package: "interlock"), .product(name: "InterlockStdio", package: "interlock"),
                .product(name: "InterlockTransport", package: "interlock"), .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/EchoServer"),
        .executableTarget(
            name: "nio-floor",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            ],
            path: "Sources/NIOFloor"),
        .target(name: "CLinux"),
        .target(name: "Measuring", dependencies: ["CLinux"]),
        .executableTarget(name: "load", dependencies: ["Measuring"], path: "Sources/Load"),
        .executableTarget(
            name: "microbench",
            dependencies: [
                "CAllocationCount", "EchoTool", "Measuring", .product(name: "InterlockAuthorization", package: "interlock"),
                .product(name: "InterlockClient", package: "interlock"),
                .product(name: "InterlockConcurrency", package: "interlock"),
                .product(name: "InterlockJSON", package: "interlock"), .product(name: "InterlockProtocol", package: "interlock"),
                .product(name: "InterlockObservability", package: "interlock"),
                .product(name: "InterlockServer", package: "interlock"), .product(name: "InterlockSimulation", package: "interlock"),
                .product(name: "InterlockTransport", package: "interlock"),
                .product(name: "CoreMetrics", package: "swift-metrics"), .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/Microbench"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where [.regular, .executable].contains(target.type) {
    target.swiftSettings = [
        "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility", "NonisolatedNonsendingByDefault", "InferIsolatedConformances",
    ].map { .enableUpcomingFeature($0) }
}
