#if os(Linux)
import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import Testing

@testable import InterlockReference

@Suite("Passwords", .timeLimit(.minutes(5)))
struct PasswordTests {
    private let hasher = BcryptHasher(cost: 4)

    @Test("knows hashes that others made", arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    ])
    func knownHashes(password: String, hash: String) throws {
        #expect(try hasher.verify(password, hash: hash))
        #expect(try !hasher.verify(password + "x", hash: hash))
    }

    @Test("a hash is 60 characters of its cost, new each time, and fits its password only")
    func roundTrip() throws {
        var random = SeededRandom(seed: 1)
        let first = try hasher.hash("pässwörd", using: &random)
        let second = try hasher.hash("pässwörd", using: &random)
        #expect(first.hasPrefix("$2b$04$"))
        #expect(first.utf8.count == 60)
        #expect(first != second)
        #expect(try hasher.verify("pässwörd", hash: first))
        #expect(try !hasher.verify("passwörd", hash: first))
        #expect(try !hasher.verify("", hash: first))
    }

    @Test("the default cost is 12")
    func defaultCost() throws {
        var random = SeededRandom(seed: 1)
        #expect(try BcryptHasher().hash("secret", using: &random).hasPrefix("$2b$12$"))
    }

    @Test("what bcrypt would cut short is refused")
    func tooLong() throws {
        var random = SeededRandom(seed: 1)
        _ = try hasher.hash(String(repeating: "x", count: 72), using: &random)
        #expect(throws: PasswordError.self) { try hasher.hash(String(repeating: "x", count: 73), using: &random) }
        #expect(throws: PasswordError.self) { try hasher.hash("before\0after", using: &random) }
    }

    @Test("what is no hash, or would hold a thread for days, is refused", arguments: [
        "", "secret", "$1$salt$hash", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", "$2b$05$CCCCCCCCCCCCCCCCCCCC*.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$5a$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOé",
    ])
    func noHash(_ hash: String) {
        #expect(throws: PasswordError.self) { try hasher.verify("secret", hash: hash) }
    }

    @Test("through the server: a password is hashed, and checked against its hash")
    func throughTheServer() async throws {
        try await withReference { client, _ in
            let answer = try await client.call("hash_password", ["password": "secret"])
            let hash = try #require(answer.structuredContent?["hash"]?.string)
            #expect(try await client.call("verify_password", ["password": "secret", "hash": .string(hash)]).structuredContent?["valid"]?.bool == true)
            #expect(try await client.call("verify_password", ["password": "Secret", "hash": .string(hash)]).structuredContent?["valid"]?.bool == false)
            let refused = try await client.call("verify_password", ["password": "secret", "hash": "nonsense"])
            #expect(refused.isError)
            #expect(refused.text.contains("$2b$12$"))
        }
    }
}
#endif
