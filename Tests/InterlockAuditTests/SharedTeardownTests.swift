import InterlockAudit
import Testing

@Suite("Ending what another call may be using")
struct SharedTeardownTests {
    @Test("a handler that closes what it captured")
    func handler() {
        expectFound(
            .sharedTeardown,
            in: """
                let client = HTTPClient()
                let fetch = Tool("fetch") { (input: Input, context) in
                    let page = try await client.get(input.url)
                    try await client.shutdown() //!
                    return page
                }

                func make(_ session: URLSession) -> Tool {
                    Tool("load") { (input: Input, context) in
                        defer { session.invalidateAndCancel() } //!
                        return try await session.data(from: input.url)
                    }
                }
                """)
    }

    @Test("a function of an actor or a shared class that uses its property and closes it")
    func property() {
        expectFound(
            .sharedTeardown,
            in: """
                actor Reports {
                    private let database: Database

                    func report() async throws -> String {
                        let rows = try await database.query("SELECT 1")
                        try await database.close() //!
                        return rows
                    }
                }

                final class Mail: Sendable {
                    let connection: Connection

                    func send(_ text: String) async throws {
                        defer { connection.disconnect() } //!
                        try await self.connection.write(text)
                        try await connection.write(text)
                    }
                }
                """)
    }

    @Test("a local name for what the property holds is the same thing")
    func otherName() {
        expectFound(
            .sharedTeardown,
            in: """
                actor Reports {
                    private var connection: Connection?

                    func report(_ question: String) async throws -> String {
                        let shared = connection ?? Connection()
                        connection = shared
                        let answer = try await shared.ask(question)
                        await shared.close() //!
                        connection = nil
                        return answer
                    }

                    func again(_ question: String) async throws {
                        if let connection {
                            _ = try await connection.ask(question)
                            await connection.close() //!
                        }
                    }
                }
                """)
    }

    @Test("right: closed by who opened it, or by a function that is there to close")
    func right() {
        expectClear(
            """
            let fetch = Tool("fetch") { (input: Input, context) in
                let client = HTTPClient()
                defer { client.shutdown() }
                return try await client.get(input.url)
            }

            let pooled = Tool("query") { (input: Input, context) in
                try await pool.withConnection { connection in
                    let rows = try await connection.query(input.sql)
                    connection.close()
                    return rows
                }
            }

            actor Reports {
                private var database: Database

                func shutdown() async throws {
                    await database.flush()
                    try await database.close()
                }

                func refresh() async throws {
                    try await database.flush()
                    try await database.close()
                    database = try await Database.open()
                }

                func once() async throws {
                    let database = try await Database.open()
                    try await database.query("SELECT 1")
                    try await database.close()
                }
            }
            """)
    }
}
