import Foundation
import InterlockProtocol
import InterlockSimulation
import Testing

/// Two tenants on two instances, each trying to see and touch what is the other's: every answer is the one for what does not exist.
///
/// Here because Redis is one of the three places where what they have is kept.
@Suite("Tenants and what is not theirs, over shared stores", .timeLimit(.minutes(5)))
struct IsolationTests {
    @Test(
        "in memory and in SQLite nothing of another tenant's exists, at the instance that knows it and at another",
        arguments: [IsolationBacking.memory, .sqlite])
    func isolation(backing: IsolationBacking) async throws {
        try await backing.expectIsolation()
    }

    @Test(
        "the control: whatever is taken away that keeps tenants apart, the matrix finds it",
        arguments: [IsolationBacking.memory, .sqlite], IsolationLeak.allCases)
    func controls(backing: IsolationBacking, leak: IsolationLeak) async throws {
        try await backing.expect(leak)
    }

    @Test("every method that a client may send is tried against another tenant's things")
    func everyMethod() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources/InterlockProtocol/Base/Method.swift")
        let source = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        let all = Set(source.matches(of: /static let \w+ = "([^"]+)"/).map { String($0.1) })
        // What only servers send, and tasks, which this server does not have.
        let notOfClients: Set = [
            Method.rootsList, Method.samplingCreateMessage, Method.elicitationCreate, Method.message, Method.toolsListChanged, Method.promptsListChanged,
            Method.resourcesListChanged, Method.resourcesUpdated, Method.elicitationComplete, Method.subscriptionsAcknowledged,
        ]
        let tried = Set(IsolationMessages.inSession(call: 1, question: 1).map(\.what)).filter(all.contains).union([Method.discover, Method.subscriptionsListen])
        let missing = { (tried: Set<String>) in all.subtracting(notOfClients).subtracting(tried).filter { !$0.contains("tasks") } }
        #expect(all.count > 30 && missing(tried).isEmpty, "in no test: \(missing(tried))")
        #expect(missing(tried.subtracting([Method.resourcesRead])) == [Method.resourcesRead]) // the control
    }
}

extension AgainstRedis {
    @Suite("Tenants and what is not theirs, over Redis", .timeLimit(.minutes(5)))
    struct IsolationTests {
        @Test("nothing of another tenant's exists, at the instance that knows it and at another")
        func isolation() async throws {
            try await IsolationBacking.redis.expectIsolation()
        }

        @Test("the control: whatever is taken away that keeps tenants apart, the matrix finds it", arguments: IsolationLeak.allCases)
        func controls(leak: IsolationLeak) async throws {
            try await IsolationBacking.redis.expect(leak)
        }
    }
}

extension IsolationBacking {
    /// Runs the matrix: no row may leak.
    func expectIsolation() async throws {
        try await withStores { stores in
            let fleet = try await IsolationFleet(stores, leak: nil)
            defer { fleet.gate.open() }
            let leaks = try await IsolationMatrix(fleet).leaks()
            #expect(leaks.isEmpty, "\(self): \(leaks.joined(separator: "\n"))")
        }
    }

    /// Runs the matrix over a server with a leak: a row of its kind must find it.
    func expect(_ leak: IsolationLeak) async throws {
        guard leak.applies(to: self) else { return }
        try await withStores { stores in
            let fleet = try await IsolationFleet(stores, leak: leak)
            defer { fleet.gate.open() }
            let leaks = try await IsolationMatrix(fleet).leaks()
            #expect(leaks.contains { $0.hasPrefix(leak.row) }, "\(self): \(leak) is not found, only \(leaks)")
        }
    }
}
