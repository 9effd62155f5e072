// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "conformance-server",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "conformance-server", targets: ["ConformanceServer"]),
        .library(name: "ConformanceFixture", targets: ["ConformanceFixture"]),
    ],
    dependencies: [.package(name: "interlock", path: "../..")],
    targets: [
        .target(name: "ConformanceFixture", dependencies: [.product(name: "Interlock", package: "interlock")]),
        .executableTarget(name: "ConformanceServer", dependencies: ["ConformanceFixture", .product(name: "Interlock", package: "interlock")]),
        .testTarget(
            name: "ConformanceFixtureTests",
            dependencies: [
                "ConformanceFixture", .product(name: "Interlock", package: "interlock"), .product(name: "InterlockTesting", package: "interlock"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"), .enableUpcomingFeature("InferIsolatedConformances"),
    ]
}
