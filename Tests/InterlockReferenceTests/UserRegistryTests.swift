import InterlockClient
import InterlockJSON
import InterlockProtocol
import Testing

@testable import InterlockReference

@Suite("Places for users", .timeLimit(.minutes(5)))
struct UserRegistryTests {
    /// Places taken by 20 users who come at once.
    private func placesTaken(_ mode: DemoMode) async -> Int {
        let registry = UserRegistry(limit: 10, mode: mode)
        return await successes(of: 20) { _ = try await registry.register("user\($0)") }
    }

    @Test("20 at once take exactly 10 places, in 1,000 fresh registries")
    func exactlyTen() async {
        for round in 0..<1_000 {
            let taken = await placesTaken(.guarded)
            guard taken == 10 else {
                Issue.record("round \(round): \(taken) places were taken")
                return
            }
        }
    }

    @Test("without the lock more than 10 places are taken within 100 rounds")
    func negativeControl() async {
        for _ in 0..<100 where await placesTaken(.unsafe) > 10 { return }
        Issue.record("the proof above proves nothing: it does not notice a missing lock")
    }

    @Test("places are numbered without gap or repetition")
    func places() async throws {
        let registry = UserRegistry(limit: 10, mode: .guarded)
        _ = await successes(of: 20) { _ = try await registry.register("user\($0)") }
        var places: Set<Int> = []
        for index in 0..<20 { if let user = try? await registry.user("user\(index)") { places.insert(user.place) } }
        #expect(places == Set(1...10))
    }

    @Test("a repeated id is refused and takes no place, also when 20 ask at once")
    func repeated() async throws {
        let registry = UserRegistry(limit: 2, mode: .guarded)
        #expect(await successes(of: 20) { _ in _ = try await registry.register("ada") } == 1)
        #expect(try await registry.register("bob").place == 2)
        let error = await #expect(throws: RegistrationError.self) { try await registry.register("eve") }
        #expect(error?.message.hasPrefix("User limit reached") == true)
    }

    @Test("a user who is not there is told how to get there")
    func unknown() async {
        let registry = UserRegistry(limit: 2, mode: .guarded)
        let error = await #expect(throws: RegistrationError.self) { try await registry.user("ada") }
        #expect(error?.message.contains("register_user") == true)
    }

    @Test("through the server: 20 calls at once take exactly 10 places, the others are told why")
    func throughTheServer() async throws {
        for _ in 0..<20 {
            try await withReference { client, _ in
                let results = try await withThrowingTaskGroup { group in
                    for index in 0..<20 { group.addTask { try await client.call("register_user", ["userId": .string("user\(index)")]) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(results.filter { !$0.isError }.count == 10)
                #expect(results.filter(\.isError).allSatisfy { $0.text.contains("User limit reached") })
            }
        }
    }

    @Test("through the unsafe server more than 10 places are taken within 100 rounds, and every answer says it is unsafe")
    func throughTheUnsafeServer() async throws {
        for _ in 0..<100 {
            let taken = try await withReference(mode: .unsafe) { client, _ in
                let results = try await withThrowingTaskGroup { group in
                    for index in 0..<20 { group.addTask { try await client.call("register_user", ["userId": .string("user\(index)")]) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                for result in results {
                    #expect(result.text.contains("UNSAFE DEMO"))
                    #expect(result.structuredContent?["unsafeDemo"]?.bool == true)
                }
                return results.filter { !$0.isError }.count
            }
            if taken > 10 { return }
        }
        Issue.record("the proof above proves nothing: it does not notice a missing lock")
    }
}
