import InterlockJSON
import InterlockServer

/// `create_note` and `get_note`: a file that is created once, whoever else tries.
enum NoteTools {
    static func make(_ notes: NoteFolder, mode: DemoMode) -> [any Feature] {
        let create = Tool<CreateInput>.reference("create_note", "Creates a note under a name that is free; never overwrites one.", mode: mode) { input, _ in
            NoteAnswer(try await notes.create(input.name, text: input.text))
        }
        let get = Tool<NoteInput>.reference("get_note", "The note with a name.", mode: mode, readOnly: true) { input, _ in
            NoteAnswer(try notes.note(input.name))
        }
        switch mode {
        case .guarded: return [create.onWorkers().queue(depth: 1_000), get.onWorkers().queue(depth: 1_000)]
        case .unsafe: return [create, get]
        }
    }

    struct CreateInput: Decodable, ToolInput {
        var name: String
        var text: String
        static let inputSchema = InputSchema {
            .string("name", "Name of the new note: letters, digits, '-' and '_'", minLength: 1, maxLength: 64);
            .string("text", "What it says", maxLength: 16_384)
        }.schema
    }

    struct NoteInput: Decodable, ToolInput {
        var name: String
        static let inputSchema = InputSchema { .string("name", "Name of the note", minLength: 1, maxLength: 64) }.schema
    }

    struct NoteAnswer: AnswerValue {
        var name: String
        var content: String

        init(_ note: Note) {
            name = note.name
            content = note.text
        }

        static let schema = AnswerSchema(["name": .schema("string", "Name of the note"), "content": .schema("string", "What it says")])
    }
}
