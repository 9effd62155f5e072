import Foundation
import InterlockHTTPServer
import InterlockJSON
import InterlockReference
import InterlockServer
import InterlockStdio
import InterlockStorage
import Logging

extension ServeSettings {
    /// What the runtime is told.
    func serverConfiguration(logger: Logger) throws -> ServerConfiguration {
        var configuration = ServerConfiguration(
            name: "interlock-reference", version: InterlockCommand.version,
            instructions: isUnsafeDemo ? "UNSAFE DEMO: the guards of these tools are removed, their answers may be wrong." : nil)
        configuration.maximumConnections = maximumConnections
        configuration.connectionTimeout = connectionTimeout
        configuration.idleTimeout = idleTimeout
        if let maximumInFlight { configuration.maximumInFlight = maximumInFlight }
        configuration.maximumQueued = queueDepth
        configuration.queueDeadline = queueDeadline
        if let connectionQueue { configuration.connectionQueueDepth = connectionQueue }
        if let connectionQueueDeadline { configuration.connectionQueueDeadline = connectionQueueDeadline }
        if let pendingBytes { configuration.maximumPendingBytes = pendingBytes }
        if let maximumBodyBytes { configuration.messageLimits.maximumBytes = maximumBodyBytes }
        if let eventStoreBytes { configuration.eventStore = InMemoryEventStore(maximumBytes: eventStoreBytes) }
        if let toolPolicies { configuration.toolPolicies = try ToolPolicySettings.tools(toolPolicies, at: Setting.toolPolicies.rawValue) }
        if let requestStateKey { configuration.requestStateSealer = AEADRequestStateSealer(key: try Self.secret(requestStateKey)) }
        configuration.logger = logger
        return configuration
    }

    private static func secret(_ path: String) throws(SettingsError) -> [UInt8] {
        let bytes = try NamedFile(source: "--request-state-key", path: path).read()
        guard bytes.count == 32 else {
            throw SettingsError("--request-state-key \(path): the file holds \(bytes.count) bytes, and 32 are needed; make one with `head -c 32 /dev/urandom > FILE`")
        }
        return bytes
    }

    /// What the HTTP transport is told.
    var httpConfiguration: HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration(host: host, port: port)
        configuration.allowsUnauthenticatedAccess = allowsUnauthenticated
        configuration.maximumConnections = maximumConnections
        configuration.connectionTimeout = connectionTimeout
        configuration.idleTimeout = idleTimeout
        configuration.keepAliveGrace = drainGrace
        if let connectionQueue { configuration.connectionQueueDepth = connectionQueue }
        if let connectionQueueDeadline { configuration.connectionQueueDeadline = connectionQueueDeadline }
        if let maximumBodyBytes { configuration.maximumBodyBytes = maximumBodyBytes }
        if let unsentBytes { configuration.unsentBudget = unsentBytes }
        if let writeDeadline { configuration.writeDeadline = writeDeadline }
        if let heartbeat { configuration.heartbeatInterval = heartbeat }
        configuration.allowedHosts = allowedHosts
        configuration.allowedOrigins = allowedOrigins
        configuration.corsEnabled = !allowedOrigins.isEmpty
        configuration.trustedProxies = trustedProxies
        configuration.tls = tls.map { TLSFiles(certificate: $0.certificate, key: $0.key) }
        return configuration
    }

    /// What the stdio transport is told.
    var stdioConfiguration: StdioServerConfiguration {
        var configuration = StdioServerConfiguration()
        if let maximumBodyBytes { configuration.maximumMessageBytes = maximumBodyBytes }
        if let unsentBytes { configuration.byteBudget = unsentBytes }
        if let writeDeadline { configuration.writeDeadline = writeDeadline }
        return configuration
    }

    /// What the tools are told. Without a folder of documents it is `docs` in the working directory if there is one, else bundled texts.
    func referenceConfiguration(logger: Logger) throws(SettingsError) -> ReferenceConfiguration {
        var configuration = ReferenceConfiguration(logger: logger)
        configuration.mode = isUnsafeDemo ? .unsafe : .guarded
        if let documents {
            guard Self.isFolder(documents) else { throw SettingsError("--documents \(documents): there is no such folder") }
            configuration.documents = .folder(documents)
        } else if Self.isFolder("docs") {
            configuration.documents = .folder("docs")
        }
        return configuration
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
