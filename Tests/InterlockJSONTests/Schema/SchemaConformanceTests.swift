import InterlockJSON
import Testing

@Suite("JSONSchema: the official tests of 2020-12")
struct SchemaConformanceTests {
    static let folder = "json-schema-tests/draft2020-12"
    static let files = SchemaReferenceData.files(folder)

    /// The documents that the tests expect under `http://localhost:1234/`.
    static let remotes: Result<[String: JSONValue], any Error> = Result {
        var documents: [String: JSONValue] = [:]
        for file in SchemaReferenceData.files("json-schema-tests/remotes") {
            documents["http://localhost:1234/\(file)"] = try SchemaReferenceData.read("json-schema-tests/remotes", file)
        }
        return documents
    }

    @Test("every required test passes, on values and on bytes", arguments: files)
    func conformance(_ file: String) throws {
        var count = 0
        for group in try #require(SchemaReferenceData.read(Self.folder, file).array) {
            let name = group["description"]?.string ?? ""
            let schema = try JSONSchema(#require(group["schema"]), resources: Self.remotes.get())
            for test in try #require(group["tests"]?.array) {
                let data = try #require(test["data"])
                let expected = try #require(test["valid"]?.bool as Bool?)
                let raw = RawJSON(data)
                let about: Comment = "\(file): \(name): \(test["description"]?.string ?? "")"
                #expect(schema.isValid(data) == expected, about)
                #expect(schema.isValid(raw) == expected, about)
                let violations = schema.validate(data)
                #expect(violations.isEmpty == expected, about)
                #expect(schema.validate(raw) == violations, about)
                #expect(!violations.contains { $0.isLimit }, about)
                count += 1
            }
        }
        #expect(count > 0)
    }

    @Test("all of the files were there", .enabled(if: !files.isEmpty))
    func completeness() throws {
        var count = 0
        for file in Self.files {
            for group in try SchemaReferenceData.read(Self.folder, file).array ?? [] {
                count += group["tests"]?.array?.count ?? 0
            }
        }
        print("JSON Schema 2020-12: \(count) tests in \(Self.files.count) files")
        #expect(count >= 1_299)
    }

    @Test("every schema of the official tests is valid by the meta-schema", .enabled(if: !files.isEmpty))
    func metaSchema() throws {
        let meta = try JSONSchema(["$ref": "https://json-schema.org/draft/2020-12/schema"])
        for file in Self.files {
            for group in try SchemaReferenceData.read(Self.folder, file).array ?? [] {
                let schema = try #require(group["schema"])
                #expect(meta.validate(schema).isEmpty, "\(file): \(group["description"]?.string ?? "")")
            }
        }
    }
}
