/// A name to index by, equal to another only byte by byte.
///
/// It hashes its bytes, not its characters: spellings that differ but read the same would otherwise share
/// one hash, and whoever chose the names could make every lookup a search.
package struct ExactName: Hashable, Sendable {
    package var text: String

    package init(text: String) { self.text = text }

    package static func == (a: ExactName, b: ExactName) -> Bool { StringBytes.same(a.text, b.text) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
