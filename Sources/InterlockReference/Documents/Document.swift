/// One text of the library.
struct Document: Sendable, Hashable {
    /// The path relative to the folder, with `/` between its parts.
    var id: String
    /// The first heading, or the file's name.
    var title: String
    var text: String

    /// Derives the title from the text: the first Markdown heading of the first level, else the file's name.
    init(id: String, text: String) {
        self.id = id
        self.text = text
        title = Self.heading(in: text) ?? id.split(separator: "/").last.map(String.init) ?? id
    }

    init(id: String, title: String, text: String) {
        self.id = id
        self.title = title
        self.text = text
    }

    static func mimeType(of id: String) -> String {
        id.hasSuffix(".md") || id.hasSuffix(".markdown") ? "text/markdown" : "text/plain"
    }

    /// The URI the document has as a resource.
    static func uri(of id: String) -> String {
        "docs:///" + id.split(separator: "/", omittingEmptySubsequences: false).map { PercentEncoding.encode($0) }.joined(separator: "/")
    }

    private static func heading(in text: String) -> String? {
        for line in text.utf8.prefix(4_096).split(separator: UInt8(ascii: "\n")) where line.starts(with: "# ".utf8) {
            guard let title = String(Substring(line.dropFirst(2))) .trimmedSpaces.nonEmpty else { continue }
            return title
        }
        return nil
    }
}

extension String {
    fileprivate var trimmedSpaces: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
