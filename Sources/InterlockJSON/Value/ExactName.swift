/// A name to index by, equal to another only byte by byte.
///
/// It hashes its bytes, not its characters: spellings that differ but read the same would otherwise share
/// one hash, and whoever chose the names could make every lookup a search.
struct ExactName: Hashable {
    var text: String

    static func == (a: ExactName, b: ExactName) -> Bool { StringBytes.same(a.text, b.text) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
