#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a server said, as a terminal may be given it: characters that move the cursor, change colours or turn the order of what follows are written out.
enum TerminalText {
    /// One line: line ends are written out too.
    static func line(_ text: String) -> String { written(text, keeping: []) }

    /// Several lines, with tabs.
    static func block(_ text: String) -> String { written(text, keeping: ["\n", "\t"]) }

    /// Several lines for standard output: as they came where that is a file or a program, which take them as data.
    static func printed(_ text: String) -> String { isatty(1) == 1 ? block(text) : text }

    /// JSON for standard output: as it came where that is a file or a program. On a terminal what may not be given to it is written as JSON writes it within
    /// strings, which is where all of it stands.
    static func json(_ text: String, isTerminal: Bool = isatty(1) == 1) -> String { isTerminal ? line(text) : text }

    /// Each line by itself, then together.
    static func lines(_ lines: [String]) -> String { lines.map(line).joined(separator: "\n") }

    private static func written(_ text: String, keeping kept: Set<Unicode.Scalar>) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) && !kept.contains($0) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case _ where kept.contains(scalar) || !isControl(scalar): result.unicodeScalars.append(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result
    }

    /// C0, DEL and C1; line and paragraph separators; marks and overrides of direction.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
