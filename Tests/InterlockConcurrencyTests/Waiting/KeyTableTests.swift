import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A table of keys")
struct KeyTableTests {
    /// Keys whose hashes all collide must still be told apart.
    struct Colliding: Hashable, Sendable {
        let value: Int
        func hash(into hasher: inout Hasher) {}
    }

    @Test("gives different keys different numbers, keeps them while in use, and forgets idle keys", arguments: 0..<200 as Range<UInt64>)
    func randomOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = KeyTable<Colliding>()
        var model: [Colliding: (number: Int32, users: Int)] = [:]
        var peak = 0
        for _ in 0..<200 {
            let key = Colliding(value: Int.random(in: 0..<12, using: &random))
            if Bool.random(using: &random), var entry = model[key] {
                table.release(key)
                entry.users -= 1
                model[key] = entry.users == 0 ? nil : entry
            } else {
                let number = table.retain(key)
                if let entry = model[key] { #expect(entry.number == number) }
                model[key] = (number, (model[key]?.users ?? 0) + 1)
            }
            peak = max(peak, model.count)
            #expect(table.count == model.count)
            #expect(Set(model.values.map(\.number)).count == model.count)
            #expect(model.values.allSatisfy { $0.number >= 0 && $0.number < peak })
        }
        #expect(table.retainIfPresent(Colliding(value: 99)) == nil)
    }
}
