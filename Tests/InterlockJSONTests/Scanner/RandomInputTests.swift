import InterlockJSON
import Testing

@Suite("Random input", .timeLimit(.minutes(5)))
struct RandomInputTests {
    /// Puts `bytes` through every entrance; what is accepted must be consistent.
    private func exercise(_ bytes: [UInt8]) throws {
        _ = try? ScannedMessage.scanInput(bytes)
        guard let raw = try? RawJSON(bytes) else {
            #expect((try? JSONValue(parsing: bytes)) == nil)
            #expect((try? JSONCoding.decode(JSONValue.self, from: bytes)) == nil)
            return
        }
        let value = raw.value()
        #expect(value.kind == raw.kind)
        #expect(RawJSON(value).value() == value)
        if let members = raw.members {
            for (key, _) in members { #expect(raw[key]?.value() == value[key]) }
        }
        if let elements = raw.elements { #expect(elements.map { $0.value() } == value.array) }
        #expect(raw.string.map { JSONValue.string($0) } == value.string.map { JSONValue.string($0) })
        #expect(raw.int == value.int)
        #expect(raw.double == value.double)
        #expect(raw.bool == value.bool)
    }

    @Test("bytes without any order never trap", arguments: 0..<8)
    func noise(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4_000 {
            let count = Int.random(in: 0...40, using: &random)
            try exercise((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    @Test("bytes from the alphabet of JSON never trap", arguments: 8..<16)
    func alphabet(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]:,""\\u0123eE+-. truefalsn/d8c"#.utf8) + [0xC3, 0xA9, 0x0A]
        for _ in 0..<6_000 {
            let count = Int.random(in: 0...14, using: &random)
            try exercise((0..<count).map { _ in alphabet.randomElement(using: &random)! })
        }
    }

    @Test("valid documents with a few bytes changed never trap, and what still reads is consistent", arguments: 16..<24)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let value = random.value(depth: 3)
            var bytes = Array(random.text(of: value).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: place)
                default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            try exercise(bytes)
        }
    }

    @Test("a value survives writing and reading, whatever the white space and escapes", arguments: 24..<32)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let value = random.value()
            #expect(try JSONValue(parsing: value.description) == value)
            #expect(try JSONValue(parsing: random.text(of: value)) == value)
            #expect(RawJSON(value).value() == value)
            #expect(try RawJSON(encoding: value).description == value.description)
            #expect(try RawJSON(value).decode(JSONValue.self) == value)
            #expect(try JSONValue(parsing: value.sortedByKey.description) == value)
        }
    }
}
