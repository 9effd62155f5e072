import Foundation
import InterlockJSON
import Testing

@Suite("Encoding Codable types")
struct EncodingTests {
    private func text(_ value: some Encodable) throws -> String { String(decoding: try JSONCoding.encode(value), as: UTF8.self) }

    private struct Sample: Encodable {
        var name = "n"
        var missing: Int?
        var present: Int? = 1
        var list = [1, 2]
        var nested = Inner()
        struct Inner: Encodable { var flag = true; var empty: [String] = [] }
    }

    @Test("structs write their members in order; nil is left out")
    func structs() throws {
        #expect(try text(Sample()) == #"{"name":"n","present":1,"list":[1,2],"nested":{"flag":true,"empty":[]}}"#)
        #expect(try RawJSON(encoding: Sample())["nested"]?["flag"]?.bool == true)
    }

    @Test("scalars and optionals at the root")
    func scalars() throws {
        #expect(try text(1) == "1")
        #expect(try text("a\n") == #""a\n""#)
        #expect(try text(true) == "true")
        #expect(try text(1.5) == "1.5")
        #expect(try text(Float(0.1)) == "0.1")
        #expect(try text(Int?.none) == "null")
        #expect(try text([1, nil, 3]) == "[1,null,3]")
        #expect(try text([[String]]()) == "[]")
        #expect(try text(UInt64.max) == "18446744073709551615")
        #expect(try text([Int8.min]) == "[-128]")
        #expect(try text(Int128.max) == "170141183460469231731687303715884105727")
        #expect(try text([UInt128(7)]) == "[7]")
    }

    private enum Shape: Codable, Equatable {
        case circle(radius: Double), point, pair(Int, String)
    }
    private enum Colour: String, Codable, CodingKeyRepresentable { case red, green }

    @Test("enumerations with values and raw values")
    func enumerations() throws {
        #expect(try text([Shape.circle(radius: 2), .point, .pair(1, "x")]) == #"[{"circle":{"radius":2.0}},{"point":{}},{"pair":{"_0":1,"_1":"x"}}]"#)
        #expect(try text([Colour.red]) == #"["red"]"#)
    }

    @Test("dictionaries with string-like and integer keys are objects, others arrays")
    func dictionaries() throws {
        #expect(try text(["a\"": 1]) == #"{"a\"":1}"#)
        #expect(try text([1: "x"]) == #"{"1":"x"}"#)
        #expect(try text([Colour.green: [1]]) == #"{"green":[1]}"#)
        #expect(try text([2.5: 1]) == "[2.5,1]")
    }

    private class Base: Encodable { var a = 1 }
    private final class SharedContainer: Base {
        var b = 2
        enum Keys: CodingKey { case b }
        override func encode(to encoder: any Encoder) throws {
            try super.encode(to: encoder)
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(b, forKey: .b)
        }
    }
    private final class SuperMember: Base {
        enum Keys: CodingKey { case b, up }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            let first = container.superEncoder()
            let second = container.superEncoder(forKey: .up)
            try container.encode(2, forKey: .b)
            try super.encode(to: second)
            try super.encode(to: first)
        }
    }

    @Test("subclasses share a container or nest their superclass")
    func inheritance() throws {
        #expect(try text(SharedContainer()) == #"{"a":1,"b":2}"#)
        #expect(try text(SuperMember()) == #"{"super":{"a":1},"up":{"a":1},"b":2}"#)
    }

    private struct Interleaved: Encodable {
        enum Keys: CodingKey { case a, b, c, d }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            var a = container.nestedContainer(keyedBy: Keys.self, forKey: .a)
            var b = container.nestedUnkeyedContainer(forKey: .b)
            try container.encode("c", forKey: .c)
            try b.encode(1)
            try a.encode(true, forKey: .a)
            var inner = b.nestedContainer(keyedBy: Keys.self)
            try b.encodeNil()
            var innermost = inner.nestedUnkeyedContainer(forKey: .d)
            try innermost.encode(2.5)
            var list = b.nestedUnkeyedContainer()
            try list.encode("x")
            try container.encodeNil(forKey: .d)
            var last = b.superEncoder().singleValueContainer()
            try last.encode(9)
            #expect(b.count == 5)
        }
    }

    @Test("nested containers may be written in any order")
    func interleaved() throws {
        let expected = #"{"a":{"a":true},"b":[1,{"d":[2.5]},null,["x"],9],"c":"c","d":null}"#
        #expect(try text(Interleaved()) == expected)
        #expect(try text([Interleaved(), Interleaved()]) == "[\(expected),\(expected)]")
    }

    private struct Nothing: Encodable { func encode(to encoder: any Encoder) throws {} }
    private struct Twice: Encodable {
        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(1)
            try container.encode(2)
        }
    }
    private struct TwoShapes: Encodable {
        func encode(to encoder: any Encoder) throws {
            var keyed = encoder.container(keyedBy: CodingKeyOf.self)
            try keyed.encode(1, forKey: .x)
            _ = encoder.unkeyedContainer()
        }
        enum CodingKeyOf: CodingKey { case x }
    }

    @Test("values that are no single value are refused; one that writes nothing inside another is {}")
    func misuse() throws {
        #expect(throws: EncodingError.self) { try text(Nothing()) }
        #expect(try text(["a": Nothing()]) == #"{"a":{}}"#)
        #expect(try text([Nothing()]) == "[{}]")
        #expect(throws: EncodingError.self) { try text(Twice()) }
        #expect(throws: EncodingError.self) { try text([TwoShapes()]) }
    }

    @Test("a number that is not finite is refused with its path")
    func notFinite() throws {
        struct Report: Encodable { var rows: [[String: Double]] }
        let error = try #require(throws: EncodingError.self) { try text(Report(rows: [["ok": 1], ["bad": .nan]])) }
        guard case .invalidValue(_, let context) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == ["rows", "1", "bad"])
        #expect(context.debugDescription.contains("/rows/1/bad"))
        #expect(throws: EncodingError.self) { try text(Float.infinity) }
        #expect(throws: EncodingError.self) { try text([Float.nan]) }
    }

    @Test("raw and dynamic values inside other types pass exactly")
    func passThrough() throws {
        struct Envelope: Codable, Equatable { var raw: RawJSON; var value: JSONValue; var id: RequestID; var number: JSONNumber; var object: JSONObject; var list: [RawJSON] }
        let envelope = Envelope(
            raw: try RawJSON(parsing: "[1.00, 2]"), value: ["n": .number(JSONNumber("1e2")!)], id: "x", number: 12345678901234567890.0,
            object: ["z": 1, "a": 2], list: [.null, try RawJSON(parsing: "-0")])
        let expected = #"{"raw":[1.00, 2],"value":{"n":1e2},"id":"x","number":1.2345678901234567e+19,"object":{"z":1,"a":2},"list":[null,-0]}"#
        #expect(try text(envelope) == expected)
        #expect(try JSONCoding.decode(Envelope.self, from: Array(expected.utf8)) == envelope)
    }

    @Test("through Foundation's coders, dynamic values keep their meaning")
    func foundationCoders() throws {
        let value: JSONValue = ["a": [1, 2.5, nil, true, "s"], "big": .number(JSONNumber(UInt64.max)), "o": [:]]
        let data = try JSONEncoder().encode(value)
        #expect(try JSONValue(parsing: Array(data)) == value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: data) == value)
        #expect(try JSONDecoder().decode(RawJSON.self, from: data).value() == value)
        #expect(try JSONDecoder().decode([RequestID].self, from: Data(#"[1,"1"]"#.utf8)) == [1, "1"])
        #expect(try JSONEncoder().encode([RawJSON(value)]) == JSONEncoder().encode([value]) || value.object!.count > 1)
    }

    @Test("Foundation's value types are strings")
    func foundationValues() throws {
        struct Item: Codable, Equatable { var data: Data; var url: URL; var date: Date; var later: Date?; var none: URL? }
        let item = Item(
            data: Data([0, 255]), url: URL(string: "https://a.example/b?c=d")!, date: Date(timeIntervalSince1970: 0),
            later: Date(timeIntervalSince1970: 1_000_000.25))
        let expected = #"{"data":"AP8=","url":"https://a.example/b?c=d","date":"1970-01-01T00:00:00Z","later":"1970-01-12T13:46:40.250Z"}"#
        #expect(try text(item) == expected)
        #expect(try JSONCoding.decode(Item.self, from: Array(expected.utf8)) == item)
        #expect(try text([URL(string: "a:b")!]) == #"["a:b"]"#)
        #expect(throws: DecodingError.self) { try JSONCoding.decode(Date.self, from: Array(#""yesterday""#.utf8)) }
        #expect(throws: DecodingError.self) { try JSONCoding.decode([Data].self, from: Array(#"["*"]"#.utf8)) }
    }
}
