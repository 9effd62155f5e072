import InterlockJSON
import InterlockProtocol
import InterlockServer

/// `search_documents`, `get_document`, and the same documents as resources.
enum DocumentTools {
    static func make(_ library: DocumentLibrary, mode: DemoMode) -> [any Feature] {
        [
            Tool<SearchInput>.reference("search_documents", "Finds documents by words, best first.", mode: mode, readOnly: true) { input, _ in
                SearchAnswer(hits: try await library.search(input.query, limit: input.limit ?? 10))
            },
            Tool<DocumentInput>.reference("get_document", "The whole text of a document.", mode: mode, readOnly: true) { input, _ in
                let document = try await library.document(input.id)
                return DocumentAnswer(id: document.id, title: document.title, content: document.text)
            },
            ResourceTemplate("docs:///{+path}", name: "document", title: "A document of this server") { variables, context in
                try await contents(of: variables["path"] ?? "", uri: nil, library, context)
            }
            .completing("path") { prefix, _ in try await library.ids(from: prefix, limit: 100) },
        ]
    }

    /// A document as a resource of its own.
    static func resource(_ id: String, in library: DocumentLibrary) -> Resource {
        let uri = Document.uri(of: id)
        return Resource(uri, name: id, mimeType: Document.mimeType(of: id)) { context in
            try await contents(of: id, uri: uri, library, context)
        }
    }

    private static func contents(of id: String, uri: String?, _ library: DocumentLibrary, _ context: HandlerContext) async throws -> [ResourceContents] {
        let uri = uri ?? Document.uri(of: id)
        do {
            let document = try await library.document(id)
            return [.text(uri: uri, mimeType: Document.mimeType(of: id), text: document.text)]
        } catch is DocumentError {
            throw ProtocolError.resourceNotFound(uri: uri, revision: context.revision)
        }
    }

    struct SearchInput: Decodable, ToolInput {
        var query: String
        var limit: Int?
        static let inputSchema = InputSchema {
            .string("query", "Words to look for", minLength: 1, maxLength: 1_000);
            .integer("limit", "The most hits wanted [10]", optional: true, minimum: 1, maximum: 100)
        }.schema
    }

    struct DocumentInput: Decodable, ToolInput {
        var id: String
        static let inputSchema = InputSchema { .string("id", "Id of the document, as search_documents gives it", minLength: 1, maxLength: 1_024) }.schema
    }

    struct SearchAnswer: AnswerValue {
        var hits: [SearchHit]

        static let schema = AnswerSchema([
            "hits": [
                "type": "array",
                "items": .object([
                    "type": "object",
                    "properties": [
                        "id": .schema("string", "Id for get_document"), "title": .schema("string", "Title"),
                        "snippet": .schema("string", "Where the words are, between **"), "score": .schema("number", "From 0 to 1: how well it fits, beside the best hit of this search"),
                    ],
                    "required": ["id", "title", "snippet", "score"],
                ]),
            ]
        ])
    }

    struct DocumentAnswer: AnswerValue {
        var id: String
        var title: String
        var content: String
        var text: String? { content }

        enum CodingKeys: String, CodingKey {
            case id, title
            case content = "text"
        }

        static let schema = AnswerSchema([
            "id": .schema("string", "Id"), "title": .schema("string", "Title"), "text": .schema("string", "The whole text"),
        ])
    }
}
