public import InterlockTransport

/// A transport as the kit sees it: how to make both ends, and what it can be asked.
///
/// ```swift
/// let carrierPigeons = TransportUnderTest(name: "carrier pigeons", flow: .connection, endsWithClient: true) {
///     let loft = Loft()
///     return TransportUnderTest.Link(server: PigeonServerTransport(loft)) { PigeonClientTransport(loft) }
/// }
/// for check in TransportConformance.checks { print(check, try await check.run(on: carrierPigeons)) }
/// ```
public struct TransportUnderTest: Sendable, CustomStringConvertible {
    /// How messages reach the runtime.
    public enum Flow: Sendable, Hashable {
        /// One peer on one ordered way, through `ServerRuntime.connect` (stdio, in-memory).
        case connection
        /// A stream for every message, through `ServerRuntime.receive` (Streamable HTTP).
        case exchanges
    }

    /// Both ends of one fresh transport, for one check.
    public struct Link: Sendable {
        /// The server's end; the kit runs it.
        public var server: any ServerTransport
        /// Makes the client's end, once, while the server runs.
        public var connect: @Sendable () async throws -> any ClientTransport

        public init(server: any ServerTransport, connect: @escaping @Sendable () async throws -> any ClientTransport) {
            self.server = server
            self.connect = connect
        }
    }

    /// What tests call it.
    public var name: String
    public var flow: Flow
    /// Whether the server's `run` returns by itself once its one client has gone.
    public var endsWithClient: Bool
    /// Stops (`true`) or resumes (`false`) the reading of a client made by ``Link/connect``, as a slow one's; `nil` where that cannot be done.
    public var pauseReading: (@Sendable (any ClientTransport, Bool) -> Void)?
    /// Makes both ends.
    public var makeLink: @Sendable () async throws -> Link

    public init(
        name: String, flow: Flow, endsWithClient: Bool, pauseReading: (@Sendable (any ClientTransport, Bool) -> Void)? = nil,
        makeLink: @escaping @Sendable () async throws -> Link
    ) {
        self.name = name
        self.flow = flow
        self.endsWithClient = endsWithClient
        self.pauseReading = pauseReading
        self.makeLink = makeLink
    }

    public var description: String { name }
}
