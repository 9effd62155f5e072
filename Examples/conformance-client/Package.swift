// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "conformance-client",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "conformance-client", targets: ["ConformanceClient"])],
    dependencies: [.package(name: "interlock", path: "../..")],
    targets: [
        .executableTarget(
            name: "ConformanceClient",
            dependencies: [
                .product(name: "InterlockClient", package: "interlock"), .product(name: "InterlockHTTPClient", package: "interlock"),
                .product(name: "InterlockProtocol", package: "interlock"), .product(name: "InterlockJSON", package: "interlock"),
            ])
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"), .enableUpcomingFeature("InferIsolatedConformances"),
    ]
}
