import InterlockJSON
import Testing

@Suite("Raw values")
struct RawJSONTests {
    private static let text = #" { "s": "a\u0062", "n": -12, "f": 1.50, "t": true, "z": null, "a": [1, [2], {"k": 3}], "s": "last" } "#

    @Test("a value keeps its bytes, without the white space around it")
    func bytes() throws {
        let raw = try RawJSON(parsing: Self.text)
        #expect(raw.kind == .object)
        #expect(raw.description == Self.text.trimmingPrefix(" ").description.dropLast().description)
        #expect(raw["f"]?.description == "1.50")
        #expect(raw["a"]?.description == #"[1, [2], {"k": 3}]"#)
        #expect(try RawJSON(Array("xx 1 yy".utf8)[2..<5]).bytes.indices == 3..<4)
    }

    @Test("members are found lazily, the last one wins")
    func lookup() throws {
        let raw = try RawJSON(parsing: Self.text)
        #expect(raw["s"]?.string == "last")
        #expect(raw["n"]?.int == -12)
        #expect(raw["n"]?.double == -12)
        #expect(raw["f"]?.int == nil)
        #expect(raw["f"]?.number?.text == "1.50")
        #expect(raw["t"]?.bool == true)
        #expect(raw["z"]?.isNull == true)
        #expect(raw["missing"] == nil)
        #expect(raw["a"]?.elements?[2]["k"]?.int == 3)
        #expect(raw["a"]?["k"] == nil)
        #expect(raw["n"]?["k"] == nil)
        #expect(raw.members?.map(\.key) == ["s", "n", "f", "t", "z", "a", "s"])
        #expect(raw.members?.first?.value.string == "ab")
        #expect(raw.elements == nil)
        #expect(try RawJSON(parsing: #"{"\u0061\n":1,"":2}"#)["a\n"]?.int == 1)
        #expect(try RawJSON(parsing: #"{"\u0061\n":1,"":2}"#)[""]?.int == 2)
    }

    @Test("the getters of other types give nil")
    func mismatches() throws {
        for text in ["null", "true", "1", #""s""#, "[]", "{}"] {
            let raw = try RawJSON(parsing: text)
            #expect((raw.bool != nil) == (raw.kind == .bool))
            #expect((raw.int != nil) == (raw.kind == .number))
            #expect((raw.string != nil) == (raw.kind == .string))
            #expect((raw.elements != nil) == (raw.kind == .array))
            #expect((raw.members != nil) == (raw.kind == .object))
            #expect(raw.isNull == (raw.kind == .null))
            #expect(raw.value().kind == raw.kind)
        }
    }

    @Test("constants and equality by bytes")
    func constants() throws {
        #expect(RawJSON.null.description == "null")
        #expect(RawJSON.emptyObject.description == "{}")
        #expect(RawJSON.emptyArray.description == "[]")
        #expect(try RawJSON(parsing: "1") != RawJSON(parsing: "1.0"))
        #expect(try RawJSON(parsing: " [1]") == RawJSON(parsing: "[1] "))
    }

    @Test("values subscript safely and sort by name")
    func values() throws {
        let value: JSONValue = ["b": [1, 2.5, nil], "a": ["y": true, "x": "s"]]
        #expect(value["b"]?[1]?.double == 2.5)
        #expect(value["b"]?[3] == nil)
        #expect(value["b"]?[-1] == nil)
        #expect(value["b"]?["x"] == nil)
        #expect(value[0] == nil)
        #expect(value["b"]?[2]?.isNull == true)
        #expect(value.sortedByKey.description == #"{"a":{"x":"s","y":true},"b":[1,2.5,null]}"#)
    }
}
