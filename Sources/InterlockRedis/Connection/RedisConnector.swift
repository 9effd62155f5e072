internal import InterlockConcurrency
internal import InterlockStorage
internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Opens connections that are ready for commands: connected, logged in, on the right database.
struct RedisConnector: Sendable {
    let configuration: RedisConfiguration
    let tls: RedisTLS
    let clock: any SchedulingClock

    /// How a connection logs in.
    enum Login: Sendable {
        /// With the configuration's user, to its database.
        case store
        /// As a sentinel's client.
        case sentinel
    }

    /// - Parameter onPush: gets what the server sends unasked, on the event loop.
    func connect(
        to address: NodeAddress, as login: Login = .store, onPush: @escaping @Sendable ([RESPValue]) -> Void = { _ in }
    ) async throws(StoreError) -> RedisConnection {
        let deadline = clock.now + configuration.connectTimeout
        let connection = try await open(address, onPush)
        do throws(StoreError) {
            try await greet(connection, login, deadline)
            return connection
        } catch {
            connection.close(error)
            throw error
        }
    }

    private func open(_ address: NodeAddress, _ onPush: @escaping @Sendable ([RESPValue]) -> Void) async throws(StoreError) -> RedisConnection {
        let (tls, clock) = (tls, clock)
        let (commands, bytes) = (configuration.maximumInFlight, configuration.maximumBytesInFlight)
        do {
            return try await ClientBootstrap(group: configuration.eventLoopGroup)
                .connectTimeout(.nanoseconds(configuration.connectTimeout.wholeNanoseconds))
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try tls.prepare(channel, host: address.host)
                        let connection = RedisConnection(
                            name: address.description, channel: channel, maximumCommands: commands, maximumBytes: bytes, clock: clock, onPush: onPush)
                        try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(connection))
                    }
                }
                .connect(host: address.host, port: address.port)
                .flatMapThrowing { channel in try channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self).connection }
                .get()
        } catch {
            throw StoreError(.unavailable, "Redis at \(address): cannot connect: \(error)", cause: error, outage: Self.reason(of: error))
        }
    }

    /// Why no connection could be made, in the kinds that operators see.
    private static func reason(of error: any Error) -> StoreOutage.Reason {
        if let error = error as? NIOConnectionError {
            // One failure for each address of the name: the last that was tried says as much as any.
            return error.connectionErrors.last.map { reason(of: $0.error) } ?? .unreachable
        }
        if let error = error as? IOError, error.errnoCode == ECONNREFUSED { return .refused }
        if case .connectTimeout = error as? ChannelError { return .timeout }
        return .unreachable
    }

    private func greet(_ connection: RedisConnection, _ login: Login, _ deadline: MonotonicTime) async throws(StoreError) {
        var hello: [RedisArgument] = [3]
        let password = login == .store ? configuration.password : configuration.sentinelPassword
        if let password { hello += ["AUTH", .text(login == .store ? configuration.user ?? "default" : "default"), .text(password.text)] }
        if let name = configuration.clientName { hello += ["SETNAME", .text(name)] }
        let answer = try await connection.send(RedisCommand("HELLO", hello), deadline: deadline)
        if case .error(let reply) = answer {
            if reply.code == "NOPROTO" || reply.message.contains("unknown command") {
                throw StoreError(.refused, "Redis at \(connection.name) does not speak RESP3: it must be Redis 6 or later, or Valkey")
            }
            throw StoreError(reply, to: "HELLO")
        }
        guard login == .store, configuration.database != 0 else { return }
        let selected = try await connection.send(RedisCommand("SELECT", [.integer(Int64(configuration.database))]), deadline: deadline)
        if case .error(let reply) = selected { throw StoreError(reply, to: "SELECT \(configuration.database)") }
    }
}
