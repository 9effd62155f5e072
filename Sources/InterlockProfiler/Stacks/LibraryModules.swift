/// Which modules are somebody else's code: the system's, a language's, a package's. The others are the server's own.
public enum LibraryModules {
    /// Whether a module is a library, as ``FrameNaming`` names modules.
    public static func isLibrary(_ module: String) -> Bool {
        if module.hasPrefix("[") || module.contains(".so.") || module.hasSuffix(".so") || module.hasPrefix("ld-") { return true }
        if module.hasPrefix("site-packages/") || module.hasPrefix("node_modules/") || module.hasPrefix("node:") { return true }
        if module == "node" || module == "python" || module.hasPrefix("python2") || module.hasPrefix("python3") { return true }
        return swift.contains(module) || swiftPrefixes.contains { module.hasPrefix($0) }
    }

    /// Swift's own modules, and packages that servers are built of.
    private static let swift: Set<String> = [
        "Swift", "Foundation", "FoundationEssentials", "FoundationInternationalization", "FoundationNetworking", "Dispatch", "Synchronization", "Distributed",
        "Observation", "Glibc", "Musl", "Logging", "Metrics", "CoreMetrics", "Tracing", "Instrumentation", "ServiceContextModule", "ServiceLifecycle",
        "UnixSignals", "Crypto", "CryptoExtras", "X509", "SwiftASN1", "JWTKit", "GRDB", "Atomics", "AsyncAlgorithms", "Subprocess", "SystemPackage",
        "ArgumentParser", "Configuration", "Collections", "DequeModule", "OrderedCollections", "HeapModule", "HashTreeCollections", "Algorithms", "Hummingbird",
        "HTTPTypes", "AsyncHTTPClient", "Vapor", "MCP", "Interlock",
    ]

    /// `NIO…`, `_Concurrency` and the like, and what this project's servers are built of.
    private static let swiftPrefixes = [
        "NIO", "CNIO", "_", "Hummingbird", "InterlockConcurrency", "InterlockJSON", "InterlockProtocol", "InterlockTransport", "InterlockStorage",
        "InterlockServer",
        "InterlockClient", "InterlockStdio", "InterlockHTTP", "InterlockSQLite", "InterlockRedis", "InterlockAuthorization", "InterlockObservability",
        "InterlockAdmin", "InterlockProfiler", "InterlockCommands",
    ]
}
