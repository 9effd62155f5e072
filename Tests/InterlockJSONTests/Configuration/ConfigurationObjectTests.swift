import InterlockJSON
import Testing

@Suite("A configuration object")
struct ConfigurationObjectTests {
    private func object(_ text: String, allowing names: [String]? = ["count", "time", "on", "names", "inner"]) throws -> ConfigurationObject {
        try ConfigurationObject(RawJSON(parsing: text), at: "tools.search", allowing: names)
    }

    @Test("is read by the types of its members")
    func reads() throws {
        let read = try object(#"{"count":3,"time":"1.5h","on":true,"names":["a","b"],"inner":{"x":1}}"#)
        #expect(try read.int("count") == 3)
        #expect(try read.duration("time") == .seconds(5_400))
        #expect(try read.bool("on") == true)
        #expect(try read.strings("names") == ["a", "b"])
        #expect(try read.object("inner", allowing: ["x"])?.int("x") == 1)
        #expect(try read.int("absent") == nil)
    }

    @Test("names the member that is wrong, what it is and what would be right", arguments: [
        (#"{"count":0}"#, #""tools.search.count" is 0: give a whole number of at least 1"#),
        (#"{"time":"soon"}"#, #""tools.search.time" is "soon": give a length of time such as "250ms", "30s", "10m" or "4h""#),
        (#"{"on":"yes"}"#, #""tools.search.on" is "yes": give true or false"#),
        (#"{"names":["a",1]}"#, #""tools.search.names" is ["a",1]: give an array of texts"#),
        (#"{"inner":{"y":1}}"#, #""tools.search.inner.y" is no setting; did you mean "x"? There may be x"#),
        (#"{"inner":4}"#, #""tools.search.inner" is 4: give an object"#),
    ])
    func wrongMembers(_ text: String, _ message: String) throws {
        let read = try object(text)
        let error = #expect(throws: ConfigurationError.self) {
            _ = try read.int("count")
            _ = try read.duration("time")
            _ = try read.bool("on")
            _ = try read.strings("names")
            _ = try read.object("inner", allowing: ["x"])
        }
        #expect(error?.description == message)
    }

    @Test("refuses members that nobody reads, and those that stand there twice")
    func strangers() {
        #expect(throws: ConfigurationError.self) { try object(#"{"cuont":1}"#) }
        #expect(throws: ConfigurationError.self) { try object(#"{"count":1,"count":2}"#) }
        #expect(throws: Never.self) { try object(#"{"anything":1}"#, allowing: nil) }
    }

    @Test("shows nothing of a file that may hold secrets in the wrong places, at any depth", arguments: [
        (#"{"keys":[{"id":["hunter2"]}]}"#, #""keys[0].id" is an array: give a text"#), (#"{"keys":["hunter2"]}"#, #""keys[0]" is a string: give an object"#),
        (#"{"keys":[{"hunter2":1}]}"#, #""keys[0]" has a member that is no setting. There may be id"#),
        (#"{"keys":[{"di":"hunter2"}]}"#, #""keys[0]" has a member that is no setting; did you mean "id"? There may be id"#),
        (#"{"keys":[{"id":null}]}"#, #""keys[0].id" is null: give a text"#), (#"{"keys":[{"id":"hunter2"#, "the file is no JSON text within its limits: syntax"),
    ])
    func concealed(_ text: String, _ message: String) {
        let error = #expect(throws: ConfigurationError.self) {
            _ = try ConfigurationObject(parsing: Array(text.utf8), allowing: ["keys"], showsValues: false).objects("keys", allowing: ["id"])?.first?.string("id")
        }
        #expect(error?.description.hasPrefix(message) == true && error?.description.contains("hunter2") == false)
    }

    @Test("suggests a name only if it is near")
    func nearest() {
        #expect(NearestName.of("concurency", among: ["concurrency", "queue"]) == "concurrency")
        #expect(NearestName.of("something-else", among: ["concurrency", "queue"]) == nil)
    }
}
