import Foundation
import InterlockJSON
import Testing

/// Compares with `JSONSerialization`, which is another reading of the same standard.
@Suite("Beside JSONSerialization", .timeLimit(.minutes(5)))
struct FoundationDifferentialTests {
    private func foundation(_ bytes: [UInt8]) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
    }

    /// Whether both read the same value. Foundation's numbers are machine numbers, so those are compared.
    private func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let value): return (theirs as? NSNumber)?.boolValue == value
        case .number(let number):
            guard let theirs = theirs as? NSNumber else { return false }
            return abs(theirs.doubleValue - number.double) <= abs(number.double) * 1e-15
        case .string(let value): return (theirs as? String).map { Array($0.utf8) == Array(value.utf8) } ?? false
        case .array(let elements):
            guard let theirs = theirs as? [Any], theirs.count == elements.count else { return false }
            return zip(elements, theirs).allSatisfy { same($0, $1) }
        case .object(let members):
            guard let theirs = theirs as? [String: Any] else { return false }
            return members.allSatisfy { member in theirs[member.key].map { same(member.value, $0) } ?? false }
        }
    }

    /// Whether a dictionary of Foundation can hold the value: names that read the same are one name there.
    private func hasPlainNames(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): elements.allSatisfy(hasPlainNames)
        case .object(let members): Set(members.keys).count == members.count && members.values.allSatisfy(hasPlainNames)
        default: true
        }
    }

    @Test("both read the same values", arguments: 0..<8)
    func values(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 100)
        for _ in 0..<300 {
            let value = random.value(depth: 4)
            guard hasPlainNames(value) else { continue }
            let bytes = Array(random.text(of: value).utf8)
            guard let theirs = foundation(bytes) else {
                Issue.record("refused by Foundation alone: \(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            #expect(same(try JSONValue(parsing: bytes), theirs), "\(value)")
        }
    }

    @Test("what Foundation writes reads back the same")
    func foundationWrites() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let strings = (0..<4).map { _ in random.string() }
            let object: [String: Any] = ["s": strings, "n": NSNull(), "b": true, "i": Int.random(in: .min ... .max, using: &random), "d": 0.1]
            let data = try JSONSerialization.data(withJSONObject: object)
            let value = try JSONValue(parsing: Array(data))
            #expect(value["s"] == .array(strings.map { .string($0) }))
            #expect(value["i"]?.int == object["i"] as? Int)
            #expect(same(value, object))
        }
    }

    @Test("both accept and refuse the same mutated documents", arguments: 0..<8)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 200)
        let alphabet = Array(#"{}[]:,"\u0123456789eE+-. truefalsn/"#.utf8)
        for _ in 0..<500 {
            var bytes = Array(random.text(of: .array([random.value(depth: 2)])).utf8)
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 1..<bytes.count, using: &random)
                if random.chance(50) { bytes[place] = alphabet.randomElement(using: &random)! } else { bytes.remove(at: place) }
                if bytes.count < 2 { break }
            }
            let ours = try? JSONValue(parsing: bytes)
            let theirs = foundation(bytes)
            if (ours == nil) != (theirs == nil), !isKnownDifference(bytes, ours) {
                Issue.record("\(ours == nil ? "refused" : "accepted") here alone: \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            }
        }
    }

    /// Where Foundation leaves the standard: it lets a comma stand before the end of an array, and refuses
    /// numbers that are beyond a `Double`.
    private func isKnownDifference(_ bytes: [UInt8], _ ours: JSONValue?) -> Bool {
        if let ours { return hasHugeNumber(ours) }
        let visible = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        return visible.contains(",]")
    }

    private func hasHugeNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let number): number.double.isInfinite
        case .array(let elements): elements.contains(where: hasHugeNumber)
        case .object(let members): members.values.contains(where: hasHugeNumber)
        default: false
        }
    }
}
