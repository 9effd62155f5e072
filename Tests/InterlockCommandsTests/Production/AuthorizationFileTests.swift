import Foundation
import InterlockAuthorization
import InterlockJSON
import InterlockObservability
import InterlockServer
import InterlockTransport
import Logging
import Testing

@testable import InterlockCommands

@Suite("The file that says who may call")
struct AuthorizationFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-auth-\(UUID().uuidString)")
    private let logger = Logger(label: "test")

    private func file(_ text: String, keys: String? = nil) throws -> AuthorizationFile {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let keys { try Data(keys.utf8).write(to: folder.appendingPathComponent("api-keys.json")) }
        let path = folder.appendingPathComponent("auth.json")
        try Data(text.utf8).write(to: path)
        return try AuthorizationFile(path: path.path, logger: logger)
    }

    @Test("the example of its guide is read, and its metadata is where clients look")
    func example() throws {
        let guide = try String(contentsOf: URL(fileURLWithPath: #filePath).appending(path: "../../../../docs/authorization.md").standardized, encoding: .utf8)
        let text = try #require(guide.components(separatedBy: "```json\n").dropFirst().first?.components(separatedBy: "```").first)
        let read = try file(text, keys: #"{"keys":[]}"#)
        #expect(read.documents.map(\.path).sorted() == ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"])
        let metadata = try JSONValue(parsing: String(decoding: try #require(read.documents.first).body, as: UTF8.self))
        #expect(metadata["resource"]?.string == "https://mcp.example.com/mcp")
        #expect(metadata["authorization_servers"]?[0]?.string == "https://login.example.com")
    }

    @Test("an issuer without the address of its keys is read: its metadata names it")
    func discovery() throws {
        let read = try file(#"{"resource":"https://a.example/mcp","issuers":[{"issuer":"https://i.example"}]}"#)
        #expect(read.documents.count == 2)
    }

    @Test("scopes are judged by what the body says too, and the challenge names all that it takes")
    func bodyScopes() throws {
        let read = try file(
            #"{"apiKeys":"api-keys.json","scopes":{"server":["mcp"],"tools":{"transfer":["money:move"]},"includes":{"admin":["mcp","money:move"]}}}"#,
            keys: #"{"keys":[]}"#)
        let reader = Principal(subject: "ann", scopes: ["mcp"])
        #expect(read.denies(reader, "tools/call", "get_balance") == nil)
        let denial = try #require(read.denies(reader, "tools/call", "transfer"))
        #expect(denial.headers.first?.value.contains(#"scope="mcp money:move""#) == true)
        #expect(denial.headers.first?.value.contains(#"error="insufficient_scope""#) == true)
        #expect(read.denies(Principal(subject: "root", scopes: ["admin"]), "tools/call", "transfer") == nil)
        #expect(read.denies(nil, "tools/list", nil) != nil)
    }

    @Test("what is wrong is named by its place", arguments: [
        (#"{"isuers":[]}"#, "did you mean \"issuers\"?"),
        (#"{"resource":"https://a.example/mcp","issuers":[{"issuer":"https://i.example","jwks":"https://i.example/k","secretFile":"s"}]}"#, "has both \"jwks\""),
        (#"{"resource":"https://a.example/mcp","issuers":[{"issuer":"http://i.example"}]}"#, "https://"),
        (#"{"resource":"https://a.example/mcp","issuers":[{"issuer":"login"}]}"#, "https://"),
        (#"{"issuers":[{"issuer":"https://i.example","jwks":"https://i.example/k","audiences":["x"]}]}"#, "\"resource\" is missing"),
        (#"{"resource":"https://a.example/mcp","issuers":[{"issuer":"https://i.example","jwks":"http://i.example/k"}]}"#, "https://"),
        (#"{"resource":"https://a.example/mcp","issuers":[{"issuer":"https://i.example","jwks":"https://i.example/k","algorithms":["none"]}]}"#, "\"none\""),
        (#"{"apiKeys":"absent.json"}"#, "absent.json: there is no such file"),
        (#"{}"#, "a gate without verifiers"),
    ])
    func errors(_ text: String, _ message: String) {
        let error = #expect(throws: (any Error).self) { try file(text) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(message))
    }

    @Test("API keys are read again on request; a bad file leaves the old ones in force")
    func reload() throws {
        let good = #"{"keys":[{"id":"ci","hash":"sha256:\#(String(repeating: "ab", count: 32))","subject":"ci","scopes":[]}]}"#
        let read = try file(#"{"apiKeys":"api-keys.json"}"#, keys: good)
        try Data("{".utf8).write(to: folder.appendingPathComponent("api-keys.json"))
        let error = #expect(throws: SettingsError.self) { try read.reload() }
        #expect(error?.message.hasPrefix("\"apiKeys\" \(folder.path)/api-keys.json: ") == true)
        try Data(#"{"keys":[]}"#.utf8).write(to: folder.appendingPathComponent("api-keys.json"))
        #expect(throws: Never.self) { try read.reload() }
    }

    @Test("a mistake is told with the file it stands in, also where one file names another")
    func names() throws {
        let wrong = #expect(throws: SettingsError.self) {
            try file(#"{"apiKeys":"api-keys.json"}"#, keys: #"{"keys":[{"id":"ci","disabeld":true}]}"#)
        }
        #expect(wrong?.message.hasPrefix("\"apiKeys\" \(folder.path)/api-keys.json: ") == true)
        #expect(wrong?.message.contains(#""keys[0]" has a member that is no setting; did you mean "disabled"?"#) == true)
        let path = folder.appendingPathComponent("alerts.json")
        try Data(#"{"rules":[{"name":"a","serverity":"info"}]}"#.utf8).write(to: path)
        let alerts = #expect(throws: SettingsError.self) { try NamedFile(source: "--alerts", path: path.path).parsed { try AlertConfiguration.parse($0) } }
        #expect(alerts?.message.hasPrefix(#"--alerts \#(path.path): "rules[0].serverity" is no setting; did you mean "severity"?"#) == true)
    }
}
