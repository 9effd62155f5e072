import Interlock
import Testing

// What the README's server needs around it.
private actor Bank {
    func move(_ amount: Int, from: String, to: String) throws {}
}
private struct RecordAPI {
    func enrich(_ id: String) async throws -> String { id }
}
@ToolInput
private struct RecordID { var id: String }
@ToolInput
private struct Password { var password: String }
private let bank = Bank()
private let api = RecordAPI()
private func bcrypt(_ password: String) throws -> String { password }

/// Moves money between two accounts.
@ToolInput
struct Transfer {
    /// Account to take from
    var from: String
    /// Account to give to
    var to: String
    /// Amount in cents
    @Range(1...) var amount: Int
}

@Suite("The README")
struct ReadmeTests {
    private func readme() throws -> Server {
        let server = try Server(name: "bank", version: "1.0") {
            Tool("transfer", "Move money between accounts") { (input: Transfer, context) in
                try await bank.move(input.amount, from: input.from, to: input.to)
                return "moved \(input.amount)"
            }
            .exclusive { ["account:" + $0.from, "account:" + $0.to] }   // one call at a time per account, deadlock-free
            .timeout(.seconds(10))

            Tool("enrich_record") { (input: RecordID, context) in try await api.enrich(input.id) }
                .concurrency(5).queue(depth: 100, deadline: .seconds(20))   // at most 5 run, the rest wait in line, then a clear refusal

            Tool("hash_password") { (input: Password, context) in try bcrypt(input.password) }
                .onWorkers()                                                // CPU-bound: off the cooperative pool, on dedicated threads
        }
        return server
    }

    private func serve(_ server: Server) async throws {
        try await server.serve(on: [HTTPServerTransport(configuration: HTTPServerConfiguration())])
    }

    @Test("its server compiles, line by line, and can be made")
    func snippet() throws {
        _ = try readme()
        #expect(try Guide("README.md").swift(missingIn: #filePath) == [])
    }
}
