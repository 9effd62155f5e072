import InterlockJSON
import Testing

@Suite("JSON-RPC envelopes")
struct ScannedMessageTests {
    private static func scan(_ text: String) throws(JSONRPCScanError) -> ScannedMessage {
        try ScannedMessage.scan(Array(text.utf8))
    }

    @Test("a request has its id, method and raw params")
    func request() throws {
        let message = try Self.scan(#" {"jsonrpc" : "2.0", "id":42, "method":"tools/call","params": { "name":"x" } } "#)
        #expect(message.kind == .request)
        #expect(message.id == 42)
        #expect(message.method == "tools/call")
        #expect(message.params?.description == #"{ "name":"x" }"#)
    }

    @Test("members come in any order, and escaped names count")
    func order() throws {
        let message = try Self.scan(#"{"params":[1],"\u006dethod":"a\/b","\u0069d":"7","x":{"id":9},"jsonrpc":"\u0032.0"}"#)
        #expect(message == ScannedMessage(id: "7", method: "a/b", params: try RawJSON(parsing: "[1]")))
    }

    @Test("kinds follow from the members")
    func kinds() throws {
        #expect(try Self.scan(#"{"jsonrpc":"2.0","method":"m"}"#).kind == .notification)
        #expect(try Self.scan(#"{"jsonrpc":"2.0","id":1,"result":null}"#).kind == .response(result: .null))
        #expect(try Self.scan(#"{"jsonrpc":"2.0","id":"a","result":{}}"#).kind == .response(result: .emptyObject))
        let error = try RawJSON(parsing: #"{"code":-32600,"message":"x"}"#)
        #expect(try Self.scan(#"{"jsonrpc":"2.0","id":1,"error":\#(error)}"#).kind == .error(error))
        #expect(try Self.scan(#"{"jsonrpc":"2.0","id":null,"error":\#(error)}"#) == ScannedMessage(error: error))
        #expect(try Self.scan(#"{"jsonrpc":"2.0","error":\#(error)}"#).kind == .error(error))
    }

    @Test("ids keep their type and value", arguments: [
        ("1", RequestID.integer(1)), (#""1""#, .string("1")), ("0", .integer(0)), ("-5", .integer(-5)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), (#""""#, .string("")),
        (#""a\nb""#, .string("a\nb")), (#""\ud83d\ude00""#, .string("😀")),
    ])
    func ids(_ text: String, _ id: RequestID) throws {
        #expect(try Self.scan(#"{"jsonrpc":"2.0","id":\#(text),"method":"m"}"#).id == id)
        #expect(try JSONCoding.decode(RequestID.self, from: JSONCoding.encode(id)) == id)
        var writer = JSONWriter()
        writer.id(id)
        #expect(try RawJSON(writer.finish()).decode(RequestID.self) == id)
    }

    @Test("ids that differ in type or bytes are different")
    func identity() {
        #expect(RequestID.integer(1) != .string("1"))
        #expect(RequestID.string("\u{E9}") != .string("e\u{301}"))
        #expect(RequestID.string("a").description == #""a""#)
        #expect(Set<RequestID>([1, "1", 1]).count == 2)
    }

    /// Text, id of the refusal, a word of its message.
    static let invalid: [(String, RequestID?, String)] = [
        // Not an object
        ("1", nil, "object"), ("null", nil, "object"), (#""x""#, nil, "object"), ("[]", nil, "batch"), ("[1]", nil, "batch"),
        // The version
        (#"{}"#, nil, "jsonrpc"), (#"{"id":1,"method":"m"}"#, 1, "jsonrpc"),
        (#"{"jsonrpc":"1.0","id":1,"method":"m"}"#, 1, "jsonrpc"), (#"{"jsonrpc":2.0,"id":1,"method":"m"}"#, 1, "jsonrpc"),
        (#"{"jsonrpc":2,"id":1,"method":"m"}"#, 1, "jsonrpc"), (#"{"jsonrpc":null,"id":"a","method":"m"}"#, "a", "jsonrpc"),
        (#"{"jsonrpc":"2.0 ","id":1,"method":"m"}"#, 1, "jsonrpc"), (#"{"jsonrpc":["2.0"],"id":1,"method":"m"}"#, 1, "jsonrpc"),
        // The id
        (#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, nil, "null"), (#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, nil, "fraction"),
        (#"{"jsonrpc":"2.0","id":1.0,"method":"m"}"#, nil, "fraction"), (#"{"jsonrpc":"2.0","id":1e3,"method":"m"}"#, nil, "exponent"),
        (#"{"jsonrpc":"2.0","id":9223372036854775808,"method":"m"}"#, nil, "64 bits"),
        (#"{"jsonrpc":"2.0","id":true,"method":"m"}"#, nil, "id"), (#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, nil, "id"),
        (#"{"jsonrpc":"2.0","id":[1],"method":"m"}"#, nil, "id"),
        // The method
        (#"{"jsonrpc":"2.0","id":1}"#, 1, "method"), (#"{"jsonrpc":"2.0","id":1,"method":1}"#, 1, "method"),
        (#"{"jsonrpc":"2.0","id":1,"method":null}"#, 1, "method"), (#"{"jsonrpc":"2.0","method":["m"],"id":"x"}"#, "x", "method"),
        (#"{"jsonrpc":"2.0"}"#, nil, "method"),
        // The params
        (#"{"jsonrpc":"2.0","id":1,"method":"m","params":null}"#, 1, "params"), (#"{"jsonrpc":"2.0","id":1,"method":"m","params":1}"#, 1, "params"),
        (#"{"jsonrpc":"2.0","id":1,"method":"m","params":"p"}"#, 1, "params"), (#"{"jsonrpc":"2.0","id":1,"params":{}}"#, 1, "params"),
        // Both ways at once
        (#"{"jsonrpc":"2.0","id":1,"method":"m","result":1}"#, 1, "either"), (#"{"jsonrpc":"2.0","id":1,"method":"m","error":{}}"#, 1, "either"),
        (#"{"jsonrpc":"2.0","id":1,"result":1,"error":{}}"#, 1, "not both"), (#"{"jsonrpc":"2.0","result":1}"#, nil, "id"),
        (#"{"jsonrpc":"2.0","id":null,"result":1}"#, nil, "id"), (#"{"jsonrpc":"2.0","id":1,"error":"x"}"#, 1, "error"),
        (#"{"jsonrpc":"2.0","id":1,"error":null}"#, 1, "error"), (#"{"jsonrpc":"2.0","id":1.5,"error":{}}"#, nil, "fraction"),
        // Twice
        (#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"m"}"#, 1, "once"), (#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#, nil, "once"),
        (#"{"jsonrpc":"2.0","id":1,"id":1,"method":"m"}"#, nil, "once"), (#"{"jsonrpc":"2.0","id":1,"\u0069d":2,"method":"m"}"#, nil, "once"),
        (#"{"jsonrpc":"2.0","id":1,"method":"m","method":"m"}"#, 1, "once"),
        (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"params":{}}"#, 1, "once"),
        (#"{"jsonrpc":"2.0","id":1,"result":1,"result":2}"#, 1, "once"), (#"{"jsonrpc":"2.0","id":1,"error":{},"error":{}}"#, 1, "once"),
    ]

    @Test("JSON that is no message is refused with -32600 and the id that was readable", arguments: invalid)
    func invalidRequests(_ text: String, _ id: RequestID?, _ word: String) throws {
        let error = try #require(throws: JSONRPCScanError.self) { try Self.scan(text) }
        #expect(error.code == .invalidRequest)
        #expect(error.code.rawValue == -32600)
        #expect(error.id == id)
        #expect(error.message.contains(word), "\(error.message)")
        #expect(error.cause == nil)
    }

    @Test("bytes that are not JSON are refused with -32700 and no id", arguments: [
        "", "{", #"{"jsonrpc":"2.0","id":1,"method":"m""#, #"{"jsonrpc":"2.0","id":1,"method":"m"} x"#,
        #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":}}"#, #"{"jsonrpc":"2.0","id":01,"method":"m"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"m",}"#, #"{"jsonrpc":"1.0","id":1,"method":"m","x":tru}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, "\u{FEFF}{}", #"{"id":1,"id":2"#, #"{"jsonrpc" "2.0"}"#,
    ])
    func parseErrors(_ text: String) throws {
        let error = try #require(throws: JSONRPCScanError.self) { try Self.scan(text) }
        #expect(error.code == .parse)
        #expect(error.code.rawValue == -32700)
        #expect(error.id == nil)
        #expect(error.cause != nil)
        #expect(throws: error) { try ScannedMessage.scanInput(Array(text.utf8)) }
    }

    @Test("duplicates below the top level are allowed, and the last one wins")
    func nestedDuplicates() throws {
        let message = try Self.scan(#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"id":1,"id":2},"x":1,"x":2}"#)
        #expect(message.params?["id"]?.int == 2)
    }

    @Test("a slice is scanned where it stands")
    func slice() throws {
        let text = Array(#"xx{"jsonrpc":"2.0","id":"a","method":"m","params":{"k":[1, 2]}}yy"#.utf8)
        let message = try ScannedMessage.scan(text[2..<text.count - 2])
        #expect(message.params?["k"]?.description == "[1, 2]")
        #expect(message.params.map { text[$0.bytes.indices] == $0.bytes } == true)
    }

    @Test("a batch keeps the order and the failures of its entries")
    func batch() throws {
        let text = #" [ {"jsonrpc":"2.0","id":1,"method":"a"} , 1, {"jsonrpc":"2.0","method":"b"}, {"id":"x"}, [] ] "#
        guard case .batch(let entries) = try ScannedMessage.scanInput(Array(text.utf8)) else {
            Issue.record("a batch was expected")
            return
        }
        #expect(entries.map { try? $0.get().method } == ["a", nil, "b", nil, nil])
        let errors = entries.compactMap { entry -> JSONRPCScanError? in if case .failure(let error) = entry { error } else { nil } }
        #expect(errors.map(\.code) == [.invalidRequest, .invalidRequest, .invalidRequest])
        #expect(errors.map(\.id) == [nil, "x", nil])
    }

    @Test("a single message is told from a batch")
    func single() throws {
        guard case .single(let message) = try ScannedMessage.scanInput(Array(#"{"jsonrpc":"2.0","method":"m"}"#.utf8)) else {
            Issue.record("a single message was expected")
            return
        }
        #expect(message.method == "m")
    }

    @Test("batches that are empty, too long or malformed are refused whole")
    func badBatches() throws {
        func refusal(_ text: String) throws -> JSONRPCScanError {
            try #require(throws: JSONRPCScanError.self) {
                try ScannedMessage.scanInput(Array(text.utf8), limits: JSONLimits(maximumBatchEntries: 2))
            }
        }
        #expect(try refusal("[]").code == .invalidRequest)
        #expect(try refusal("[1,2,3]").code == .invalidRequest)
        #expect(try refusal("[1,2,3").code == .parse)
        #expect(try refusal("[1,]").code == .parse)
        #expect(try refusal("[1}").code == .parse)
        #expect(try refusal("[1] 2").code == .parse)
    }
}
