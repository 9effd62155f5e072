import InterlockJSON
import Testing

@Suite("Objects")
struct JSONObjectTests {
    @Test("members keep their order; setting one that is there keeps its place")
    func order() {
        var object: JSONObject = ["b": 1, "a": 2, "b": 3]
        #expect(object.keys == ["b", "a"])
        #expect(object["b"] == 3)
        object["c"] = 4
        object["a"] = nil
        object["b"] = .null
        #expect(object.map(\.key) == ["b", "c"])
        #expect(object["b"] == .some(.null))
        #expect(object.removeValue(forKey: "x") == nil)
        #expect(object.description == #"{"b":null,"c":4}"#)
        #expect(object[1] == ("c", 4))
    }

    @Test("equality and hash ignore the order, at any size", arguments: [0, 1, 5, 16, 17, 100])
    func equality(count: Int) {
        let members = (0..<count).map { ("k\($0)", JSONValue.number(JSONNumber($0))) }
        let a = JSONObject(members)
        let b = JSONObject(uniqueKeysWithValues: members.reversed())
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        var c = b
        c["k0"] = "other"
        #expect(a != c)
    }

    @Test("names are the same only byte by byte")
    func exactNames() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.object?.count == 2)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
        let raw = RawJSON(value)
        #expect(raw["e\u{301}"]?.int == 2)
    }

    @Test("a random order of changes agrees with a plain list", arguments: 0..<10)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var object = JSONObject()
        var model: [(key: String, value: JSONValue)] = []
        for step in 0..<600 {
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            let place = model.firstIndex { $0.key == key }
            #expect(object[key] == place.map { model[$0].value })
            if random.chance(60) {
                let value = JSONValue.number(JSONNumber(step))
                object[key] = value
                if let place { model[place].value = value } else { model.append((key, value)) }
            } else {
                let removed = object.removeValue(forKey: key)
                #expect(removed == place.map { model[$0].value })
                if let place { model.remove(at: place) }
            }
            #expect(object.keys == model.map(\.key))
            #expect(object.values == model.map(\.value))
            #expect(object.count == model.count)
        }
    }

    @Test("many names that read the same do not make lookups slow", .timeLimit(.minutes(5)))
    func spellings() throws {
        // Combining marks of different classes in any order are the same character sequence to String.
        let marks: [String] = ["\u{301}", "\u{323}", "\u{334}", "\u{345}", "\u{31B}", "\u{327}", "\u{338}"]
        var names = [""]
        for _ in marks { names = names.flatMap { name in marks.filter { !name.unicodeScalars.contains($0.unicodeScalars.first!) }.map { name + $0 } } }
        #expect(names.count == 5040)
        let object = JSONObject(names.map { ("a" + $0, 1) })
        #expect(object.count == 5040)
        #expect(try RawJSON(.object(object)).decode(JSONObject.self) == object)
    }
}
