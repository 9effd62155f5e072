import InterlockAudit
import Testing

@Suite("Work that holds a shared thread")
struct BlockingWorkTests {
    @Test("password hashing in handlers and asynchronous functions")
    func hashing() {
        expectFound(
            .blockingWork,
            in: """
                let hash = Tool("hash_password") { (input: Input, context) in
                    try Bcrypt.hash(input.password, cost: 12) //!
                }

                func verify(_ password: String, _ hash: String) async throws -> Bool {
                    try Scrypt.verify(password, hash) //!
                }

                func unix(_ password: String, _ salt: String) async -> String {
                    String(cString: crypt_r(password, salt, &data)) //!
                }
                """)
    }

    @Test("regular expressions in handlers and asynchronous functions")
    func patterns() {
        expectFound(
            .blockingWork,
            in: """
                let search = Tool("search") { (input: Input, context) in
                    let pattern = try Regex(input.pattern) //!
                    return documents.filter { $0.firstMatch(of: pattern) != nil } //!
                }
                .concurrency(5)

                func check(_ line: String) async -> Bool {
                    line.contains(/a+b/) //!
                }

                func old(_ line: String) async throws {
                    let pattern = try NSRegularExpression(pattern: line) //!
                    print(pattern)
                }
                """)
    }

    @Test("right: on workers, awaited elsewhere, in code that is not asynchronous")
    func right() {
        expectClear(
            """
            let hash = Tool("hash_password") { (input: Input, context) in
                try Bcrypt.hash(input.password, cost: 12)
            }
            .onWorkers()

            let verify = Tool("verify_password") { (input: Input, context) in
                try Bcrypt.verify(input.password, input.hash)
            }
            let tools = [verify.onWorkers().timeout(.seconds(5))]

            func pooled(_ password: String) async throws -> String {
                try await pool.run { try Bcrypt.hash(password, cost: 12) }
            }

            func elsewhere(_ password: String) async throws -> String {
                try await hasher.bcrypt(password)
            }

            func plain(_ line: String) -> Bool { line.firstMatch(of: /a+/) != nil }

            func strings(_ line: String) async -> Bool { line.contains("a") && line.split(separator: ",").count > 1 }
            """)
    }
}
