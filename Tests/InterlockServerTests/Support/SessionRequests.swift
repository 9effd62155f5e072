@testable import InterlockServer
import InterlockTesting
import InterlockTransport
import Testing

/// What tests of sessions ask of an instance, again and again.
extension Server {
    /// Opens a session, and returns the header that names it.
    func openedSession() async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize(), to: self)
        return ["Mcp-Session-Id": try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)]
    }

    /// The status of the answer to a ping in a session.
    func pinged(_ headers: [String: String]) async throws -> Int {
        await (try ExchangeProbe.post(Messages.request("ping"), to: self, headers: headers)).response.status
    }
}

/// Lets others run until it is so; false when the task is cancelled first. The test's time limit bounds it.
func comesTrue(_ condition: () async throws -> Bool) async rethrows -> Bool {
    while !Task.isCancelled {
        if try await condition() { return true }
        await Task.yield()
    }
    return false
}
