// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "races",
    platforms: [.macOS(.v15)],
    products: [.library(name: "Races", targets: ["Races"]), .library(name: "RaceServers", targets: ["RaceServers"])],
    dependencies: [.package(name: "interlock", path: "../..")],
    targets: [
        .target(name: "Races", dependencies: [.product(name: "InterlockConcurrency", package: "interlock")]),
        .target(name: "RaceServers", dependencies: ["Races", .product(name: "InterlockServer", package: "interlock")]),
        .testTarget(
            name: "RacesTests",
            dependencies: [
                "Races", "RaceServers", .product(name: "InterlockConcurrency", package: "interlock"), .product(name: "InterlockJSON", package: "interlock"),
                .product(name: "InterlockServer", package: "interlock"), .product(name: "InterlockSimulation", package: "interlock"),
                .product(name: "InterlockTesting", package: "interlock"),
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
