import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Elicitation")
struct ElicitationTests {
    static let form = ElicitationSchema(
        [
            "name": PrimitiveSchema(.string(minLength: 2, maxLength: 10, default: "John Doe")),
            "mail": PrimitiveSchema(.string(format: .email)),
            "age": PrimitiveSchema(.integer(minimum: 18, maximum: 99, default: 30)),
            "score": PrimitiveSchema(.number(default: 95.5)),
            "verified": PrimitiveSchema(.boolean(default: true)),
            "status": PrimitiveSchema(.choice(["active", EnumOption("off", title: "Not active")], default: "active")),
            "colors": PrimitiveSchema(.choices(["red", "green"], minItems: 1, maxItems: 1)),
            "old": PrimitiveSchema(.legacyChoice([EnumOption("o1", title: "One")])),
        ], required: ["name", "colors"])

    @Test("a form reads as it was written, fields in order")
    func roundTrip() throws {
        let read = try ElicitationSchema(decoding: Self.form.encoded())
        #expect(read.properties.keys == Self.form.properties.keys)
        var expected = Self.form  // a titled choice titles all its options
        expected.properties["status"]?.kind = .choice(
            [EnumOption("active", title: "active"), EnumOption("off", title: "Not active")], default: "active")
        #expect(read == expected)
    }

    @Test("a form for 2025-06-18 has the old titles, boolean defaults only, and no multiple choice")
    func legacy() throws {
        #expect(Self.form.inexpressibleFields(in: .v2025_06_18) == ["colors"])
        let json = Self.form.encoded(for: EncodingContext(revision: .v2025_06_18))
        #expect(json["required"]?.description == #"["name"]"#)
        #expect(json["properties"]?["colors"] == nil)
        #expect(
            json["properties"]?["status"]?.description
                == #"{"type":"string","enum":["active","off"],"enumNames":["active","Not active"]}"#)
        #expect(json["properties"]?["age"]?.description == #"{"type":"integer","minimum":18,"maximum":99}"#)
        #expect(json["properties"]?["verified"]?.description == #"{"type":"boolean","default":true}"#)
    }

    @Test("defaults fill what the user left empty")
    func defaults() {
        let content = Self.form.applyingDefaults(to: ["name": "Eve", "colors": ["red"]])
        #expect(
            content == [
                "name": "Eve", "colors": ["red"], "age": 30, "score": 95.5, "verified": true, "status": "active",
            ])
        #expect(Self.form.problems(with: content).isEmpty)
    }

    @Test("content is checked field by field", arguments: [
        ("name", 1, "expected a string"), ("name", "x", "expected at least 2 characters, got 1"),
        ("name", "12345678901", "expected at most 10 characters, got 11"), ("mail", "nobody", "expected the format email"),
        ("age", 17.5, "expected an integer"), ("age", 17, "expected at least 18"), ("age", 100, "expected at most 99"),
        ("score", "1", "expected a number"), ("verified", 0, "expected true or false"),
        ("status", "gone", "expected one of the form's values"), ("colors", [], "expected at least 1 values, got 0"),
        ("colors", ["blue"], "expected only values of the form"), ("old", nil, "expected one of the form's values"),
    ] as [(String, JSONValue, String)])
    func problems(field: String, value: JSONValue, problem: String) {
        var content: JSONObject = ["name": "Eve", "colors": ["red"]]
        content[field] = value
        #expect(Self.form.problems(with: content) == ["content.\(field): \(problem)"])
        content["name"] = nil
        #expect(Self.form.problems(with: content).contains("content.name: required field is missing"))
    }

    @Test("modes are written as the revision knows them")
    func modes() throws {
        let url = ElicitParams.url("Log in", url: "https://a.example/x", elicitationId: "e1")
        #expect(
            url.encoded(for: EncodingContext(revision: .v2025_11_25)).description
                == #"{"mode":"url","message":"Log in","url":"https://a.example/x","elicitationId":"e1"}"#)
        #expect(url.encoded()["elicitationId"] == nil)
        let form = ElicitParams.form("Who?", schema: ElicitationSchema([:]))
        #expect(form.encoded(for: EncodingContext(revision: .v2025_06_18))["mode"] == nil)
        #expect(form.encoded()["mode"]?.string == "form")
        #expect(try ElicitParams(decoding: RawJSON(text: #"{"message":"a","requestedSchema":{"type":"object","properties":{}}}"#)).mode == .form(ElicitationSchema([:])))
        let error = ProtocolError.urlElicitationRequired([url], message: "Log in first")
        #expect(error.data?["elicitations"]?[0]?["elicitationId"] == "e1")
    }
}
