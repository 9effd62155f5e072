import InterlockJSON
import Testing

@Suite("Writing")
struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) throws -> Void) rethrows -> String {
        var writer = JSONWriter()
        try write(&writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    @Test("commas stand between values and nowhere else")
    func commas() throws {
        let text = try written { writer in
            writer.beginObject()
            writer.key("a" as String); writer.beginArray(); writer.endArray()
            writer.key("b" as StaticString); writer.beginArray(); writer.int(1); writer.beginObject(); writer.endObject(); writer.null(); writer.endArray()
            writer.key("c"); writer.bool(true)
            writer.key("d"); writer.raw(try RawJSON(parsing: "[1, 2]"))
            writer.key("e"); writer.value(["x": [false]])
            writer.key("f"); try writer.encode(["k": 1])
            writer.key("g"); try writer.double(0.5)
            writer.endObject()
        }
        #expect(text == #"{"a":[],"b":[1,{},null],"c":true,"d":[1, 2],"e":{"x":[false]},"f":{"k":1},"g":0.5}"#)
    }

    @Test("escaped is what must be, and nothing more", arguments: [
        ("", #""""#), ("plain", #""plain""#), ("\"", #""\"""#), ("\\", #""\\""#), ("/", #""/""#), ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#),
        ("\u{0}\u{1}\u{1F}", #""\u0000\u0001\u001f""#), ("\u{7F}é😀\u{2028}", "\"\u{7F}é😀\u{2028}\""), ("1234567\"", #""1234567\"""#),
        ("12345678\"9", #""12345678\"9""#), ("\"\"\"\"\"\"\"\"\"", #""\"\"\"\"\"\"\"\"\"""#),
    ])
    func strings(_ value: String, _ text: String) {
        #expect(written { $0.string(value) } == text)
        #expect(written { $0.value(.string(value)) } == text)
        #expect(written { $0.beginObject(); $0.key(value); $0.null(); $0.endObject() } == "{\(text):null}")
    }

    @Test("integers of all sizes", arguments: [0, 1, -1, 9, 10, -10, 99, 100, 1234567890, Int.max, Int.min])
    func integers(_ value: Int) {
        #expect(written { $0.int(value) } == String(value))
        #expect(written { $0.uint64(UInt64(value.magnitude)) } == String(value.magnitude))
    }

    @Test("doubles are the shortest that read back; others are refused")
    func doubles() throws {
        for (value, text) in [(0.1, "0.1"), (3, "3.0"), (-0.0, "-0.0"), (1e100, "1e+100"), (Double.leastNonzeroMagnitude, "5e-324")] {
            #expect(try written { try $0.double(value) } == text)
        }
        for value in [Double.nan, .infinity, -.infinity] {
            let error = try #require(throws: JSONError.self) { try written { try $0.double(value) } }
            #expect(error.code == .numberOutOfRange)
        }
    }

    @Test("a value that fails to encode leaves no trace")
    func rollBack() throws {
        let text = written { writer in
            writer.beginArray()
            writer.int(1)
            #expect(throws: EncodingError.self) { try writer.encode(["a": [1.0, .nan]]) }
            writer.int(2)
            writer.endArray()
        }
        #expect(text == "[1,2]")
    }
}
