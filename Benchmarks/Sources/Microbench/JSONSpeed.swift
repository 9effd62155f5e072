import EchoTool
import InterlockJSON
import Measuring

/// The JSON work of one small call, in nanoseconds each.
struct JSONSpeed {
    /// 186 bytes, the size the design compares parsers at.
    static let message = Array(
        (#"{"jsonrpc":"2.0","id":12345,"method":"tools/call","params":{"name":"search_documents","arguments":"#
            + #"{"query":"interleaving of tool calls","limit":20},"_meta":{"progressToken":"token-01"}}}"#).utf8)
    static let arguments = Array(#"{"text":"hello from the benchmark"}"#.utf8)

    func measure(count: Int) throws -> Figures {
        var figures = Figures()
        figures.set("messageBytes", Self.message.count)
        figures.set("scanNanoseconds", try time(count) { _ = try ScannedMessage.scan(Self.message) })
        let arguments = try RawJSON(Self.arguments)
        figures.set("decodeNanoseconds", try time(count) { _ = try arguments.decode(EchoInput.self) })
        figures.set("writeNanoseconds", try time(count) { _ = Self.writeReply() })
        return figures
    }

    /// The reply to a call, written as the server writes it.
    @inline(never)
    private static func writeReply() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("jsonrpc")
        writer.string("2.0")
        writer.key("id")
        writer.int(12345)
        writer.key("result")
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        writer.beginObject()
        writer.key("type")
        writer.string("text")
        writer.key("text")
        writer.string("hello from the benchmark, with a \"quote\" and a line\nend")
        writer.endObject()
        writer.endArray()
        writer.key("isError")
        writer.bool(false)
        writer.endObject()
        writer.endObject()
        return writer.finish()
    }

    /// The fastest of five passes, as the least disturbed one.
    private func time(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let began = nanoseconds()
            for _ in 0..<count / 5 { try body() }
            best = min(best, Double(nanoseconds() - began) / Double(count / 5))
        }
        return best
    }
}
