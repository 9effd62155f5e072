import InterlockTransport

extension HTTPServerConfiguration {
    /// Finds what cannot work before anything listens.
    ///
    /// - Parameter gate: what stands before the server.
    func validate(for gate: any RequestGate) throws(TransportError) {
        for (name, value) in [("path", path), ("legacyMessagesPath", legacyMessagesPath), ("legacySSEPath", legacySSEPath ?? "/")] {
            guard value.hasPrefix("/"), !value.contains("?"), !value.contains("#") else {
                throw misuse("\(name) is \"\(value)\": write an absolute path without query, such as \"/mcp\"")
            }
        }
        if let legacySSEPath, legacySSEPath == path || legacyMessagesPath == path || legacySSEPath == legacyMessagesPath {
            throw misuse("path, legacySSEPath and legacyMessagesPath must differ; set legacySSEPath to nil to switch the old pair off")
        }
        guard (0...65_535).contains(port) else { throw misuse("port is \(port): choose 0 to 65535") }
        for (name, value) in [
            ("maximumConnections", maximumConnections), ("maximumBodyBytes", maximumBodyBytes), ("maximumHeaderBytes", maximumHeaderBytes),
            ("bodyBudget", bodyBudget), ("unsentBudget", unsentBudget), ("eventLoopThreads", eventLoopThreads ?? 1),
            ("http2.maximumConcurrentStreams", http2.maximumConcurrentStreams),
        ] where value < 1 {
            throw misuse("\(name) is \(value): it must be at least 1")
        }
        guard connectionQueueDepth >= 0 else { throw misuse("connectionQueueDepth is \(connectionQueueDepth): it must not be negative") }
        for (name, value) in [
            ("idleTimeout", idleTimeout), ("connectionTimeout", connectionTimeout), ("headerTimeout", headerTimeout),
            ("bodyTimeout", bodyTimeout), ("writeDeadline", writeDeadline), ("heartbeatInterval", heartbeatInterval),
            ("connectionQueueDeadline", connectionQueueDeadline),
        ] where value <= .zero {
            throw misuse("\(name) is \(value): it must be longer than nothing")
        }
        let verdict = ListenRule.decide(
            address: host, isAuthorized: !gate.admitsEveryone, allowsUnauthenticated: allowsUnauthenticatedAccess,
            remedies: .init(authorize: "give the transport a gate that asks for credentials", allow: "set allowsUnauthenticatedAccess"))
        if case .refused(let reason) = verdict { throw misuse(reason) }
    }

    private func misuse(_ message: String) -> TransportError {
        TransportError(.misuse, "HTTP server configuration: \(message)")
    }

    /// How often connections are looked over for deadlines: fine enough for the shortest of them, a second at most.
    var sweepInterval: Duration {
        let shortest = [
            headerTimeout, bodyTimeout, idleTimeout, writeDeadline, heartbeatInterval, connectionTimeout, connectionQueueDeadline,
        ].min() ?? .seconds(1)
        return max(.milliseconds(10), min(.seconds(1), shortest / 4))
    }
}
