import InterlockClient
import InterlockJSON
import InterlockProtocol

/// Answers as programs read them: the wire shapes, one JSON object.
enum JSONOutput {
    static func text(_ result: CallToolResult, revision: ProtocolRevision) -> String {
        json { result.write(into: &$0, context: EncodingContext(revision: revision)) }
    }

    static func text(_ offer: ServerOffer) -> String {
        let context = EncodingContext(revision: offer.server.revision)
        return json { writer in
            writer.beginObject()
            writer.key("protocolVersion")
            writer.string(offer.server.revision.rawValue)
            if let info = offer.server.info {
                writer.key("serverInfo")
                info.write(into: &writer, context: context)
            }
            array("tools", offer.tools, context, &writer)
            array("resources", offer.resources, context, &writer)
            array("resourceTemplates", offer.templates, context, &writer)
            array("prompts", offer.prompts, context, &writer)
            writer.endObject()
        }
    }

    private static func array(_ key: String, _ items: [some WireEncodable], _ context: EncodingContext, _ writer: inout JSONWriter) {
        writer.key(key)
        writer.beginArray()
        for item in items { item.write(into: &writer, context: context) }
        writer.endArray()
    }

    private static func json(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
