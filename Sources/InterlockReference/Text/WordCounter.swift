/// Counts words, a bounded stretch of text at a time, so that somebody else can run in between.
///
/// A word is a longest run of scalars that are not white space (Unicode `White_Space`).
struct WordCounter: Sendable {
    /// Words begun so far.
    private(set) var words = 0
    /// Bytes of UTF-8 read so far.
    private(set) var bytesRead = 0
    private var isInWord = false

    /// Reads from `start` on, at most about `bytes` bytes, and returns where it stopped: the end when all is read.
    mutating func read(_ text: String, from start: String.Index, bytes: Int) -> String.Index {
        let scalars = text.unicodeScalars
        var index = start
        let limit = bytesRead + bytes
        while index < scalars.endIndex, bytesRead < limit {
            let scalar = scalars[index]
            bytesRead += UTF8.width(scalar)
            if Self.isSpace(scalar) {
                isInWord = false
            } else if !isInWord {
                isInWord = true
                words += 1
            }
            scalars.formIndex(after: &index)
        }
        return index
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? scalar == " " || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
    }
}
