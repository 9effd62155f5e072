// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "sqlite-pool",
    platforms: [.macOS(.v15)],
    products: [.library(name: "SQLitePool", targets: ["SQLitePool"])],
    dependencies: [.package(name: "interlock", path: "../..")],
    targets: [
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "SQLitePool", dependencies: ["CSQLite", .product(name: "InterlockConcurrency", package: "interlock")]),
        .testTarget(
            name: "SQLitePoolTests",
            dependencies: [
                "SQLitePool", .product(name: "InterlockConcurrency", package: "interlock"),
                .product(name: "InterlockSimulation", package: "interlock"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"), .enableUpcomingFeature("InferIsolatedConformances"),
    ]
}
