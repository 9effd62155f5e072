import InterlockJSON
import Testing

@Suite("JSONSchema: asserted formats")
struct StringFormatTests {
    static let cases: [(format: String, valid: [String], invalid: [String])] = [
        (
            "date-time",
            ["2026-01-31T09:30:00Z", "2024-02-29t23:59:60z", "1990-12-31T15:59:60-08:00", "2026-01-31T09:30:00.123456+05:30"],
            [
                "2026-01-31", "2026-01-31 09:30:00Z", "2023-02-29T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:30:00",
                "2026-01-31T09:30:60Z", "2026-01-31T09:30:00.Z", "2026-13-01T00:00:00Z", "",
            ]
        ),
        ("date", ["2026-01-31", "2000-02-29"], ["2026-02-30", "1900-02-29", "2026-1-31", "20260131", "2026-01-3१"]),
        (
            "time", ["09:30:00Z", "23:59:60Z", "00:29:60+00:30", "09:30:00.5-01:00"],
            ["09:30Z", "09:30:00", "24:00:00Z", "09:30:00+24:00", "22:59:60Z"]
        ),
        (
            "duration", ["P1DT12H", "P4W", "PT36H", "P1Y2M3DT4H5M6S", "PT0S", "P1Y2M"],
            ["P", "PT", "P1D2H", "1D", "P1YT", "P1Y2D", "PT1D", "P2W1D", "P1", "PT1H2S"]
        ),
        (
            "email", ["ada@example.com", "a.b+c@sub.example.co", "\"a b\"@example.com", "a@[127.0.0.1]", "a@[IPv6:::1]"],
            ["2962", "a@", "@b.c", "a..b@c.d", ".a@c.d", "a b@c.d", "a@b_c.d", "\"a\"b\"@c.d"]
        ),
        (
            "hostname", ["www.example.com", "localhost", "xn--4gbwdl.xn--wgbh1c", "a-1"],
            ["-a", "a-", "a_b", "a..b", "", "a.", String(repeating: "a", count: 64), "é.com"]
        ),
        (
            "ipv4", ["192.0.2.1", "0.0.0.0", "255.255.255.255"],
            ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "a.b.c.d", ""]
        ),
        (
            "ipv6",
            ["::1", "::", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1::", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:1.2.3.4"],
            [
                "1", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "1::2::3", "fe80::1%eth0",
                "1:2:3:4:5:6:7:1.2.3.4", ":1", "1:", "::1.2.3", "g::",
            ]
        ),
        (
            "uri",
            [
                "https://example.com/path?q=1#f", "urn:isbn:123", "mailto:a@b.c", "http://[::1]:8080/", "file:///tmp/x",
                "http://user@host:/",
            ],
            [
                "//example.com", "/path", "a b:c", "http://exa mple.com", "http://a/%zz", "1http://a", "http://[::1",
                "http://a:b/", "http://a/[x]", ":a", "", "http://é.com",
            ]
        ),
        ("uri-reference", ["../path", "", "#frag", "a/b:c", "https://example.com"], ["a b", "1:b", "\\\\share", "#a#b"]),
        (
            "uuid", ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"],
            ["f81d4fae7dec11d0a76500a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6"]
        ),
        ("json-pointer", ["", "/a/0", "/~0~1", "//"], ["a", "/~2", "/~"]),
        ("relative-json-pointer", ["0", "1/a", "120#", "0#"], ["", "/a", "01", "-1", "1a", "0##"]),
        ("regex", ["^a+$", "(?=a)", "\\p{L}"], ["a(", "[z-a]", "\\"]),
        ("no-such-format", ["anything"], []),
    ]

    @Test("accept what the standards behind them do", arguments: cases.map(\.format))
    func formats(_ format: String) throws {
        let entry = try #require(Self.cases.first { $0.format == format })
        let schema = try JSONSchema(
            ["type": "string", "format": .string(format)], configuration: JSONSchemaConfiguration(assertsFormat: true))
        let annotating = try JSONSchema(["type": "string", "format": .string(format)])
        for text in entry.valid {
            #expect(schema.isValid(.string(text)) && schema.isValid(RawJSON(.string(text))), "\(format): \(text)")
        }
        for text in entry.invalid {
            #expect(!schema.isValid(.string(text)) && !schema.isValid(RawJSON(.string(text))), "\(format): \(text)")
            #expect(annotating.isValid(.string(text)))
        }
        if format != "no-such-format" { #expect(JSONSchema.assertedFormats.contains(format)) }
    }

    @Test("give an example, which has the format")
    func examples() throws {
        for format in JSONSchema.assertedFormats {
            let schema = try JSONSchema(["format": .string(format)], configuration: JSONSchemaConfiguration(assertsFormat: true))
            guard let invalid = Self.cases.first(where: { $0.format == format })?.invalid.first else {
                Issue.record("\(format) has no case")
                continue
            }
            let message = try #require(schema.validate(.string(invalid)).first?.message)
            let example = try #require(message.split(separator: "such as ").last?.split(separator: ", got").first)
            #expect(schema.isValid(.string(String(example))), "\(message)")
        }
    }

    @Test("are asserted where the dialect lists the assertion vocabulary")
    func vocabulary() throws {
        let dialect: JSONValue = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$vocabulary": [
                "https://json-schema.org/draft/2020-12/vocab/core": true,
                "https://json-schema.org/draft/2020-12/vocab/format-assertion": true,
            ],
        ]
        let schema = try JSONSchema(["$schema": "urn:strict", "format": "date"], resources: ["urn:strict": dialect])
        #expect(!schema.isValid("tomorrow"))
    }
}
