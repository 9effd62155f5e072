/// The comments of a file that say why an unchecked promise holds: `// SAFETY: REASON`, on its line, or in the comment directly above it.
///
/// Any other comment explains something else. So does one that stands beside the code of the line above, and a reason of fewer than three words is none.
struct Proofs {
    /// Lines of code with a proof beside them.
    private var beside: Set<Int> = []
    /// Lines of comments that stand alone, and whether a proof begins there.
    private var above: [Int: Bool] = [:]

    /// - Parameter comments: their first lines and texts; `isAlone` if no code stands before the comment on its line.
    init(_ comments: [(line: Int, text: String, isAlone: Bool)]) {
        for (first, text, isAlone) in comments {
            for (offset, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
                let isProof = Self.isProof(line)
                if isAlone {
                    above[first + offset] = above[first + offset] == true || isProof
                } else if isProof {
                    beside.insert(first + offset)
                }
            }
        }
    }

    /// Whether what stands on this line has its proof.
    func cover(_ line: Int) -> Bool {
        if beside.contains(line) || above[line] == true { return true }
        return sequence(first: line - 1) { $0 - 1 }.prefix { above[$0] != nil }.contains { above[$0] == true }
    }

    private static func isProof(_ line: Substring) -> Bool {
        let words = line.drop { $0.isWhitespace || $0 == "/" || $0 == "*" }.split(whereSeparator: \.isWhitespace)
        return words.first == "SAFETY:" && words.count > 3
    }
}
