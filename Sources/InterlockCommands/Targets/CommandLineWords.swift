/// Splits a command as a shell does, as far as quotes and backslashes go; nothing is expanded.
enum CommandLineWords {
    static func split(_ text: String) throws(UsageError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text.makeIterator()
        while let character = characters.next() {
            if let open = quote {
                if character == open {
                    quote = nil
                } else if character == "\\", open == "\"", let next = characters.next() {
                    word = (word ?? "") + (next == "\"" || next == "\\" ? String(next) : "\\\(next)")
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character.isWhitespace {
                if let complete = word { words.append(complete) }
                word = nil
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "\\" {
                guard let next = characters.next() else { throw UsageError("The command ends in a backslash: \(RedactedWords.unparsed(text))") }
                word = (word ?? "") + String(next)
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let quote { throw UsageError("The command has a \(quote) that is not closed: \(RedactedWords.unparsed(text))") }
        if let word { words.append(word) }
        return words
    }
}
