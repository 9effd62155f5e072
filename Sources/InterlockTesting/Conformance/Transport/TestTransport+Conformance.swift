import InterlockTransport

extension TestTransport {
    /// This transport as the conformance kit sees it.
    public var underTest: TransportUnderTest {
        var transport = TransportUnderTest(name: description, flow: isConnection ? .connection : .exchanges, endsWithClient: isConnection) {
            let (server, connect) = try TestLink.make(self)
            return TransportUnderTest.Link(server: server, connect: connect)
        }
        if isConnection { transport.pauseReading = { client, isPaused in Self.setReading(of: client, isPaused: isPaused) } }
        return transport
    }

    private var isConnection: Bool { self == .inMemory || self == .stdio }

    private static func setReading(of client: any ClientTransport, isPaused: Bool) {
        switch client {
        case let client as InMemoryClientTransport: isPaused ? client.pauseReading() : client.resumeReading()
        case let client as PipeClientTransport: client.setPaused(isPaused)
        default: preconditionFailure("\(type(of: client)) cannot be paused")
        }
    }
}
