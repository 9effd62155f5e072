import InterlockJSON
import Testing

@Suite("Decoding Codable types")
struct DecodingTests {
    /// Reads from bytes and from a raw value, which must agree on whether that works.
    private func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        let value = try JSONCoding.decode(type, from: Array(text.utf8))
        _ = try RawJSON(parsing: text).decode(type)
        return value
    }

    private struct Transfer: Codable, Equatable {
        var from: String
        var to: String
        var amount: Int
        var note: String?
        var tags: [String]?
        var limits: Limits?
        struct Limits: Codable, Equatable { var daily: Double; var kinds: [String: [Int]] }
    }

    @Test("structs read in any order, with unknown members, nulls and escapes")
    func structs() throws {
        let text = #"{"x":{"deep":[1,{"y":[]}]},"t\u006f":"b\n","amount":5,"from":"a","note":null,"limits":{"kinds":{"k":[1,2]},"daily":3}}"#
        #expect(try decode(Transfer.self, text) == Transfer(from: "a", to: "b\n", amount: 5, limits: .init(daily: 3, kinds: ["k": [1, 2]])))
        #expect(try decode(Transfer.self, #"{"from":"a","from":"z","to":"b","amount":1,"tags":[]}"#) == Transfer(from: "z", to: "b", amount: 1, tags: []))
    }

    @Test("big objects are indexed, and the last of equal names wins there, too")
    func bigObjects() throws {
        let members = (0..<500).map { #""k\#($0)":\#($0)"# } + [#""k7":-7"#, #""\u006b8":-8"#]
        let values = try decode([String: Int].self, "{\(members.joined(separator: ","))}")
        #expect(values.count == 500)
        #expect(values["k7"] == -7)
        #expect(values["k8"] == -8)
        #expect(values["k499"] == 499)
    }

    @Test("integral numbers read as doubles, and as integers however they are written")
    func numbers() throws {
        #expect(try decode(Double.self, "3") == 3)
        #expect(try decode(Float.self, "0.1") == 0.1)
        #expect(try decode(Int.self, "3.0") == 3)
        #expect(try decode(Int.self, "3e2") == 300)
        #expect(try decode(UInt8.self, "25.50e1") == 255)
        #expect(try decode(Int.self, "-0") == 0)
        #expect(try decode([Double].self, "[1,2.5,1e3]") == [1, 2.5, 1000])
        #expect(try decode(UInt64.self, "18446744073709551615") == .max)
        #expect(try decode(Int64.self, "-9223372036854775808") == .min)
        #expect(try decode(Int128.self, "-170141183460469231731687303715884105728") == .min)
        #expect(try decode(UInt128.self, "340282366920938463463374607431768211455") == .max)
        #expect(try decode(Int.self, "0e999999999999999999") == 0)
    }

    typealias Target = Decodable & Sendable

    @Test("numbers that do not fit are refused", arguments: [
        ("256", UInt8.self as any Target.Type), ("-1", UInt8.self), ("128", Int8.self), ("-129", Int8.self), ("32768", Int16.self),
        ("65536", UInt16.self), ("2147483648", Int32.self), ("4294967296", UInt32.self), ("9223372036854775808", Int64.self),
        ("-9223372036854775809", Int.self), ("18446744073709551616", UInt64.self), ("-1", UInt.self), ("3.5", Int.self), ("1e-1", Int.self),
        ("1e30", Int.self), ("1e99999999999", Int.self), ("1e400", Double.self), ("1e39", Float.self), ("-1e400", Double.self),
    ])
    func ranges(_ text: String, _ type: any Target.Type) throws {
        let error = try #require(throws: DecodingError.self) { try decode(type, text) }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(context.debugDescription.contains(text))
    }

    @Test("every width of integer reads in every container")
    func widths() throws {
        struct All: Codable, Equatable {
            var a: Int8, b: Int16, c: Int32, d: Int64, e: UInt8, f: UInt16, g: UInt32, h: UInt64, i: UInt, j: Int, k: Float, l: Double, m: Bool
            var n: Int8?, o: UInt?, p: Bool?, q: Float?, r: String?, s: Double?
        }
        let all = All(a: .min, b: .min, c: .min, d: .min, e: .max, f: .max, g: .max, h: .max, i: .max, j: .max, k: 0.1, l: 0.1, m: true, n: 1, o: 2, p: false, q: 3, r: "r", s: 4)
        #expect(try decode(All.self, String(decoding: JSONCoding.encode([all]), as: UTF8.self).dropFirst().dropLast().description) == all)
        #expect(try decode([Int8].self, "[-128,127]") == [.min, .max])
        #expect(try decode([UInt32?].self, "[1,null]") == [1, nil])
    }

    @Test("enumerations, dictionaries and optionals")
    func shapes() throws {
        enum Shape: Codable, Equatable { case circle(radius: Double), point, pair(Int, String) }
        enum Colour: String, Codable, CodingKeyRepresentable { case red, green }
        #expect(try decode([Shape].self, #"[{"circle":{"radius":2}},{"point":{}},{"pair":{"_1":"x","_0":1}}]"#) == [.circle(radius: 2), .point, .pair(1, "x")])
        #expect(throws: DecodingError.self) { try decode(Shape.self, #"{"square":{}}"#) }
        #expect(try decode([Colour].self, #"["red"]"#) == [.red])
        #expect(throws: DecodingError.self) { try decode(Colour.self, #""blue""#) }
        #expect(try decode([Int: String].self, #"{"1":"a","-2":"b"}"#) == [1: "a", -2: "b"])
        #expect(try decode([Colour: Int].self, #"{"green":1}"#) == [.green: 1])
        #expect(try decode([Double: Int].self, "[2.5,1]") == [2.5: 1])
        #expect(try decode(Int?.self, "null") == nil)
        #expect(try decode([String: Int?].self, #"{"a":null,"b":1}"#) == ["a": nil, "b": 1])
        #expect(try decode(Set<String>.self, #"["a","a"]"#) == ["a"])
    }

    private class Base: Codable { var a = 1 }
    private final class Derived: Base {
        var b = 0
        enum Keys: CodingKey { case b }
        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            b = try container.decode(Int.self, forKey: .b)
            try super.init(from: container.superDecoder())
        }
    }

    @Test("superclasses read from the member super")
    func inheritance() throws {
        let value = try decode(Derived.self, #"{"super":{"a":5},"b":6}"#)
        #expect(value.a == 5 && value.b == 6)
        #expect(throws: DecodingError.self) { try decode(Derived.self, #"{"b":6}"#) }
    }

    private struct ByHand: Decodable {
        enum Keys: CodingKey { case list, object, nothing }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            #expect(container.allKeys.map(\.stringValue) == ["list", "nothing"])
            #expect(container.contains(.nothing) && !container.contains(.object))
            #expect(try container.decodeNil(forKey: .nothing))
            #expect(try container.decodeIfPresent(Int.self, forKey: .object) == nil)
            #expect(throws: DecodingError.self) { try container.decodeNil(forKey: .object) }
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            #expect(list.count == 5)
            #expect(try !list.decodeNil())
            #expect(throws: DecodingError.self) { try list.decode(String.self) }
            #expect(list.currentIndex == 0)
            #expect(try list.decode(Int.self) == 1)
            #expect(try list.decodeNil())
            var inner = try list.nestedUnkeyedContainer()
            #expect(try inner.decode(Bool.self))
            #expect(inner.isAtEnd)
            #expect(throws: DecodingError.self) { try inner.decode(Bool.self) }
            #expect(throws: DecodingError.self) { try inner.decodeNil() }
            #expect(try list.nestedContainer(keyedBy: Keys.self).codingPath.map(\.stringValue) == ["list", "3"])
            #expect(try list.superDecoder().singleValueContainer().decode(String.self) == "s")
            #expect(list.isAtEnd)
        }
    }

    @Test("containers asked by hand")
    func byHand() throws { _ = try decode(ByHand.self, #"{"list":[1,null,[true],{},"s"],"other":1,"nothing":null,"list2":0}"#) }

    @Test("errors name the path", arguments: [
        (#"{"from":"a","to":"b"}"#, #"the member "amount" is missing (at the root)"#),
        (#"{"from":1,"to":"b","amount":1}"#, "String was expected, number found (at /from)"),
        (#"{"from":"a","to":null,"amount":1}"#, "String was expected, null found (at /to)"),
        (#"{"from":"a","to":"b","amount":1.5}"#, "the number 1.5 is not exactly a Int (at /amount)"),
        (#"{"from":"a","to":"b","amount":1,"tags":["x",2]}"#, "String was expected, number found (at /tags/1)"),
        (#"{"from":"a","to":"b","amount":1,"tags":{}}"#, "an array was expected, object found (at /tags)"),
        (#"{"from":"a","to":"b","amount":1,"limits":{"daily":1,"kinds":{"k":[1,true]}}}"#, "Int was expected, bool found (at /limits/kinds/k/1)"),
        (#"[]"#, "an object was expected, array found (at the root)"),
    ])
    func paths(_ text: String, _ message: String) throws {
        let error = try #require(throws: DecodingError.self) { try decode(Transfer.self, text) }
        let context: DecodingError.Context? = switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context), .dataCorrupted(let context): context
        @unknown default: nil
        }
        #expect(context?.debugDescription == message)
    }

    @Test("bytes that are not JSON are refused before anything is decoded")
    func malformed() {
        #expect(throws: JSONError.self) { try JSONCoding.decode(Int.self, from: Array("1 2".utf8)) }
        #expect(throws: JSONError.self) { try JSONCoding.decode([Int].self, from: Array("[[1]]".utf8), limits: JSONLimits(maximumDepth: 1)) }
    }

    @Test("random values read through Codable as they do directly", arguments: 0..<4)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let value = random.value(depth: 4)
            let text = random.text(of: value)
            #expect(try decode(Node.self, text).value == value, "\(text)")
            #expect(try JSONValue(parsing: JSONCoding.encode(Node(value: value))) == value)
        }
    }
}

/// A value that goes through the containers of `Codable` one by one, as a type of an application would.
private struct Node: Codable {
    var value: JSONValue

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(value: JSONValue) { self.value = value }

    init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Name.self) {
            value = .object(JSONObject(try members.allKeys.map { ($0.stringValue, try members.decode(Node.self, forKey: $0).value) }))
        } else if var elements = try? decoder.unkeyedContainer() {
            var values: [JSONValue] = []
            while !elements.isAtEnd { values.append(try elements.decode(Node.self).value) }
            value = .array(values)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                value = .null
            } else if let bool = try? container.decode(Bool.self) {
                value = .bool(bool)
            } else if let text = try? container.decode(String.self) {
                value = .string(text)
            } else {
                value = .number(try container.decode(JSONNumber.self))
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .object(let members):
            var container = encoder.container(keyedBy: Name.self)
            for (key, value) in members { try container.encode(Node(value: value), forKey: Name(stringValue: key)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(Node(value: element)) }
        default:
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
    }
}
