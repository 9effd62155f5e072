import InterlockJSON
import Testing

@testable import InterlockDiagnostics

@Suite("Saved runs")
struct SavedRunTests {
    @Test("what is no saved run says what it lacks", arguments: [("{", "no JSON"), ("{}", "--save"), (#"{"format":"interlock-bench-1"}"#, "damaged")])
    func damaged(text: String, part: String) {
        let error = #expect(throws: BenchError.self) { try BenchRecord(parsing: text) }
        #expect(error?.description.contains(part) == true)
    }

    @Test("a saved run that somebody made up crashes nobody", arguments: [
        ("buckets", #"[[5,9223372036854775807],[9,9223372036854775807]]"#), ("buckets", #"[[5,9007199254740992],[9,9007199254740992]]"#),
        ("time", "-9223372036854775808"), ("time", "9223372036854775807"), ("rate", "1e999"), ("rate", "-1"), ("slices", ""), ("offered", "9223372036854775807"), ("lateStarts", "-1"), ("ok", "9223372036854775807"),
    ])
    func madeUp(place: String, value: String) throws {
        let sound = SyntheticRun.record(seed: 1).json.description
        var text = sound
        switch place {
        case "buckets":
            let bucket = try #require(text.firstRange(of: #""buckets":["#))
            let end = try #require(text[bucket.upperBound...].firstRange(of: "]]"))
            text.replaceSubrange(bucket.lowerBound..<end.upperBound, with: #""buckets":\#(value)"#)
        case "slices":
            // Each is a histogram that there might be; together they are more than can be added up.
            let slice = #"{"latency":{"buckets":[[9,9007199254740992]],"min":9,"max":9,"sum":8.1064793292668928e16},"service":{"buckets":[]},"failed":{"buckets":[]}}"#
            let list = try #require(text.firstRange(of: #""slices":["#))
            text.replaceSubrange(list, with: #""slices":[\#(Array(repeating: slice, count: 2).joined(separator: ",")),"#)
        case "time", "rate":
            let member = try #require(text.firstRange(of: "\"\(place)\":"))
            let end = try #require(text[member.upperBound...].firstIndex { $0 == "," || $0 == "}" })
            text.replaceSubrange(member.upperBound..<end, with: value)
        default:
            for number in ["9000", "0"] { text = text.replacing("\"\(place)\":\(number)", with: "\"\(place)\":\(value)") }
        }
        #expect(text != sound)
        let error = #expect(throws: BenchError.self) { try BenchRecord(parsing: text) }
        #expect(error?.description.contains("is damaged") == true)
    }

    @Test("a saved run comes back as it was")
    func roundTrip() throws {
        var record = SyntheticRun.record(seed: 4)
        #expect(try BenchRecord(parsing: record.json.description) == record)
        record.load = LoadDescription(parts: ["tools": "a", "rate": "300.0"])
        record.search = BreakingPoint(lastGood: 400, breakingPoint: nil, generatorLimit: 800)
        let read = try BenchRecord(parsing: record.json.description)
        #expect(read == record)
    }
}
