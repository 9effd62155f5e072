/// What the tracing systems that a request passes want to get back: up to 32 entries, the latest first. W3C Trace Context §3.3.
public struct TraceState: Sendable, Hashable {
    /// One entry.
    public struct Entry: Sendable, Hashable {
        /// The system, as `vendor` or `tenant@vendor`.
        public var key: String
        /// What it wants back; printable ASCII without commas and equals signs.
        public var value: String
    }

    private static let mostEntries = 32
    private static let mostCharacters = 512

    /// The entries, the latest first.
    public private(set) var entries: [Entry]

    /// Makes an empty state.
    public init() { entries = [] }

    /// Reads a header; `nil` when an entry is not well-formed, a key occurs twice, or there are more than 32.
    ///
    /// Spaces and tabs around entries, and empty entries, are allowed.
    public init?(parsing header: String) {
        var entries: [Entry] = []
        for member in header.utf8.split(separator: 0x2C, omittingEmptySubsequences: true) {
            let member = Self.trimmed(member)
            guard !member.isEmpty else { continue }
            guard let equals = member.firstIndex(of: 0x3D) else { return nil }
            let (key, value) = (member[..<equals], member[member.index(after: equals)...])
            guard Self.isKey(key), Self.isValue(value) else { return nil }
            let entry = Entry(key: String(Substring(key)), value: String(Substring(value)))
            guard entries.count < Self.mostEntries, !entries.contains(where: { $0.key == entry.key }) else { return nil }
            entries.append(entry)
        }
        self.entries = entries
    }

    /// The header to send on, at most 512 characters: entries of more than 128 go first, then those at the end, as §3.3.1.5 says.
    public var header: String {
        var kept = entries
        func length() -> Int { kept.reduce(max(0, kept.count - 1)) { $0 + $1.key.utf8.count + 1 + $1.value.utf8.count } }
        while length() > Self.mostCharacters {
            let long = kept.lastIndex { $0.key.utf8.count + 1 + $0.value.utf8.count > 128 }
            kept.remove(at: long ?? kept.count - 1)
        }
        return kept.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> Substring.UTF8View {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }

    /// Whether it is a simple key, or a tenant and a system joined by `@`.
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        func isTail(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2A || byte == 0x2F }
        let parts = key.split(separator: 0x40, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ part in part.first.map { isLetter($0) || isDigit($0) } == true && part.allSatisfy(isTail) }) else { return false }
        switch parts.count {
        case 1: return isLetter(parts[0].first!) && parts[0].count <= 256
        case 2: return parts[0].count <= 241 && isLetter(parts[1].first!) && parts[1].count <= 14
        default: return false
        }
    }

    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        guard let last = value.last, last != 0x20, value.count <= 256 else { return false }
        return value.allSatisfy { $0 >= 0x20 && $0 <= 0x7E && $0 != 0x2C && $0 != 0x3D }
    }
}
