/// The last lines a child wrote to standard error, for the error that reports its death. Bounded in lines and bytes.
struct ErrorTail: Sendable {
    /// The most bytes kept of one line.
    static let maximumLineBytes = 500

    private let maximumLines: Int
    private(set) var lines: [String] = []

    init(maximumLines: Int) {
        self.maximumLines = maximumLines
    }

    mutating func append(_ line: String) {
        guard maximumLines > 0 else { return }
        if lines.count == maximumLines { lines.removeFirst() }
        lines.append(line.utf8.count > Self.maximumLineBytes ? String(decoding: line.utf8.prefix(Self.maximumLineBytes), as: UTF8.self) + "…" : line)
    }

    /// A clause to end an error message with; empty when nothing was written.
    var clause: String {
        lines.isEmpty ? "" : "; its last words on standard error:\n" + lines.map { "  " + $0 }.joined(separator: "\n")
    }
}
