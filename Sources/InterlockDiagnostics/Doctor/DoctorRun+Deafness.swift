import InterlockConcurrency
import InterlockProtocol

extension DoctorRun {
    /// A client that asks and does not read, on a connection of its own: at most 24 MB of requests.
    func deafness(isModern: Bool, _ reader: any ProcessReading, _ seen: inout DoctorObservations) async throws {
        #if os(Linux)
        guard let place = server.localEndpoint else { return }
        progress("asking without reading")
        guard let client = DeafClient.connect(port: place.port), let before = reader.sample() else {
            seen.omit(.backPressure, "a client that does not read: no connection to 127.0.0.1:\(place.port)")
            return
        }
        let meta = #"{"io.modelcontextprotocol/protocolVersion":"\#(ProtocolRevision.latest.rawValue)","io.modelcontextprotocol/clientCapabilities":{}}"#
        let body = isModern
            ? #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":\#(meta)}}"#
            : #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
        let revision = isModern ? "MCP-Protocol-Version: \(ProtocolRevision.latest.rawValue)\r\nMcp-Method: tools/list\r\n" : ""
        let request = """
            POST \(place.path) HTTP/1.1\r\nHost: 127.0.0.1:\(place.port)\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r
            \(revision)Content-Length: \(body.utf8.count)\r\n\r\n\(body)
            """
        let (taken, stopped) = try await client.send(Array(request.utf8), upTo: 24 << 20, deadline: clock.now + .seconds(5), clock: clock)
        guard let after = reader.sample(), let old = before.privateDirty ?? before.resident, let new = after.privateDirty ?? after.resident else { return }
        seen.deafness = .init(taken: taken, growth: max(0, new - old), stopped: stopped)
        #endif
    }
}
