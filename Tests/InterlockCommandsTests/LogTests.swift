import Foundation
import InterlockJSON
import InterlockSimulation
import Logging
import Testing

@testable import InterlockCommands

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Log lines")
struct LogTests {
    @Test("times are RFC 3339 in UTC, leap years and centuries included", arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (1_767_225_600_000, "2026-01-01T00:00:00.000Z"), (1_709_210_096_007, "2024-02-29T12:34:56.007Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
    func times(time: Int64, text: String) {
        #expect(LogLine.timestamp(time) == text)
    }

    @Test("a record is one object on one line; numbers stay numbers, and metadata never hides the record's own members")
    func record() throws {
        let bytes = LogLine.bytes(time: 0, level: "info", label: "l", message: "two\nlines", metadata: [
            "n": .stringConvertible(42), "flag": .stringConvertible(true), "text": "x", "message": "other", "list": .array(["a"]), "map": .dictionary(["k": "v"]),
        ])
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(!bytes.dropLast().contains(UInt8(ascii: "\n")))
        let json = try RawJSON(Array(bytes.dropLast()))
        #expect(json["message"]?.string == "two\nlines")
        #expect(json["metadata.message"]?.string == "other")
        #expect(json["n"]?.int == 42)
        #expect(json["flag"]?.bool == true)
        #expect(json["map"]?["k"]?.string == "v")
    }

    @Test("a line fits into a pipe in one piece, whatever is logged")
    func long() throws {
        let metadata = Logger.Metadata(uniqueKeysWithValues: (0..<50).map { ("key\($0)", .string(String(repeating: "\u{1}ü", count: 5_000))) })
        let bytes = LogLine.bytes(time: 0, level: "info", label: "l", message: String(repeating: "\u{1}", count: 100_000), metadata: metadata)
        #expect(bytes.count <= LogLine.maximumBytes)
        #expect(try RawJSON(Array(bytes.dropLast()))["truncated"]?.bool == true)
    }

    @Test("a line that is too long keeps the ids of its call, unless these are too long themselves", arguments: [64, 5_000])
    func longWithIDs(length: Int) throws {
        var metadata = Logger.Metadata(uniqueKeysWithValues: (0..<50).map { ("key\($0)", .string(String(repeating: "x", count: 5_000))) })
        for key in ["trace_id", "span_id", "request_id", "session_id", "tenant_id"] { metadata[key] = .string(String(repeating: "\u{1}", count: length)) }
        let bytes = LogLine.bytes(time: 0, level: "info", label: "l", message: String(repeating: "m", count: 900), metadata: metadata)
        #expect(bytes.count <= LogLine.maximumBytes)
        let json = try RawJSON(Array(bytes.dropLast()))
        #expect(json["truncated"]?.bool == true && json["message"]?.string?.count == 900 && json["key0"] == nil)
        #expect((json["tenant_id"]?.string != nil) == (length == 64))
    }

    @Test("a pipe that nobody reads drops lines instead of blocking, and says so when it is read again")
    func fullPipe() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let output = LogOutput(descriptor: ends[1])
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 4_095) + [UInt8(ascii: "\n")]
        for _ in 0..<100 { output.write(line) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        #expect(read(ends[0], &buffer, buffer.count) < 100 * line.count)
        output.write(Array("after\n".utf8))
        let count = read(ends[0], &buffer, buffer.count)
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        #expect(text.contains("log lines were dropped"))
        #expect(text.hasSuffix("after\n"))
    }

    @Test("the handler merges metadata, the record's own last, and stamps the clock's time")
    func handler() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let output = LogOutput(descriptor: ends[1])
        var logger = Logger(label: "test") { JSONLogHandler(label: $0, level: .info, output: output, clock: ManualClock()) }
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger.debug("not at this level")
        logger.info("hello", metadata: ["b": "record"])
        var buffer = [UInt8](repeating: 0, count: 8_192)
        let count = read(ends[0], &buffer, buffer.count)
        let json = try RawJSON(Array(buffer[..<(count - 1)]))
        #expect(json["time"]?.string == "2026-01-01T00:00:00.000Z")
        #expect(json["logger"]?.string == "test")
        #expect(json["a"]?.string == "logger")
        #expect(json["b"]?.string == "record")
    }
}
