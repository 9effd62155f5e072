import InterlockJSON
import InterlockServer

/// `count_words`: a long computation that yields, reports progress and can be cancelled.
enum TextTools {
    /// Bytes between two looks at cancellation and progress: about a fifth of a millisecond.
    static let stretch = 64 << 10

    static func make(_ library: DocumentLibrary, mode: DemoMode) -> [any Feature] {
        [
            Tool<CountInput>.reference(
                "count_words", "Counts the words of a text or of a document of this server; exactly one of the two.", mode: mode, readOnly: true
            ) { input, context in
                WordsAnswer(words: try await count(text(of: input, in: library), context))
            }
        ]
    }

    private static func text(of input: CountInput, in library: DocumentLibrary) async throws -> String {
        switch (input.text, input.documentId) {
        case (let text?, nil): return text
        case (nil, let id?): return try await library.document(id).text
        default: throw TextError(message: "Give either 'text' or 'documentId', not both and not neither.")
        }
    }

    private static func count(_ text: String, _ context: HandlerContext) async throws -> Int {
        let total = text.utf8.count
        var counter = WordCounter()
        var position = text.startIndex
        while true {
            position = counter.read(text, from: position, bytes: stretch)
            guard position < text.endIndex else { break }
            context.reportProgress(Double(counter.bytesRead), total: Double(total), message: "\(counter.words) words so far")
            try Task.checkCancellation()
            await Task.yield()
        }
        if total > 0 { context.reportProgress(Double(total), total: Double(total)) }
        return counter.words
    }

    struct CountInput: Decodable, ToolInput {
        var text: String?
        var documentId: String?
        static let inputSchema = InputSchema {
            .string("text", "The text to count", optional: true);
            .string("documentId", "Id of a document, as search_documents gives it", optional: true, maxLength: 1_024)
        }.schema
    }

    struct WordsAnswer: AnswerValue {
        var words: Int
        static let schema = AnswerSchema(["words": .schema("integer", "How many words there are")])
    }
}

/// Why nothing was counted.
struct TextError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
