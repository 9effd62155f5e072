import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Testing

/// A deliberate defect and the check that must find it.
struct BrokenTransport: Sendable, CustomTestStringConvertible {
    /// What the failure must complain about, so that no other mishap counts.
    enum Evidence: Sendable {
        /// Something came that is wrong; part of what was expected instead.
        case wrong(String)
        /// Something never comes; the beginning of what is waited for. The gate is opened when the defect has happened, after
        /// which waiting longer changes nothing.
        case missing(String, Gate)
    }

    var name: String
    /// The beginning of the check's name.
    var check: String
    var base: TestTransport
    var evidence: Evidence
    var client: BrokenClient.Defect
    var server: BrokenServer.Defect

    /// A defect that shows in what arrives.
    init(
        _ name: String, foundBy check: String, over base: TestTransport = .inMemory, expecting expected: String,
        client: BrokenClient.Defect = BrokenClient.Defect(), server: BrokenServer.Defect = BrokenServer.Defect()
    ) {
        self.name = name
        self.check = check
        self.base = base
        self.client = client
        self.server = server
        evidence = .wrong(expected)
    }

    /// A defect that shows in what never arrives. It opens the gate when it has happened.
    init(
        _ name: String, foundBy check: String, over base: TestTransport = .inMemory, waitingInVainFor wait: String,
        client: (Gate) -> BrokenClient.Defect = { _ in BrokenClient.Defect() }, server: (Gate) -> BrokenServer.Defect = { _ in BrokenServer.Defect() }
    ) {
        let done = Gate()
        self.name = name
        self.check = check
        self.base = base
        self.client = client(done)
        self.server = server(done)
        evidence = .missing(wait, done)
    }

    var testDescription: String { "\(name) (\(base))" }

    var underTest: TransportUnderTest {
        var subject = base.underTest
        let makeLink = subject.makeLink
        let (client, server) = (client, server)
        subject.name = name
        subject.makeLink = {
            let link = try await makeLink()
            return TransportUnderTest.Link(server: BrokenServer(link.server, server)) { BrokenClient(try await link.connect(), client) }
        }
        if let pauseReading = base.underTest.pauseReading {
            subject.pauseReading = { client, isPaused in
                if let client = client as? BrokenClient { pauseReading(client.base, isPaused) }
            }
        }
        return subject
    }
}
