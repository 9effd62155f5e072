public import Instrumentation

/// Names and values that travel with a request through all services. W3C Baggage.
///
/// Everybody on the way can read them: put no secrets in.
public struct TraceBaggage: Sendable, Hashable {
    /// One entry.
    public struct Entry: Sendable, Hashable {
        /// A token of HTTP.
        public var key: String
        /// Any text; escaped on its way.
        public var value: String
        /// What follows the value after a semicolon, as it was spelt.
        public var properties: [String]

        /// Makes an entry.
        public init(_ key: String, _ value: String, properties: [String] = []) {
            self.key = key
            self.value = value
            self.properties = properties
        }
    }

    private static let mostEntries = 64
    private static let mostBytes = 8_192

    /// The entries in order.
    public var entries: [Entry]

    /// Makes baggage.
    public init(_ entries: [Entry] = []) { self.entries = entries }

    /// Reads a header. Entries that are not well-formed are left out, as is what goes beyond 64 entries or 8,192 bytes.
    public init(parsing header: String) {
        entries = []
        var bytes = 0
        for member in header.utf8.split(separator: 0x2C) {
            bytes += member.count + 1
            guard entries.count < Self.mostEntries, bytes <= Self.mostBytes + 1 else { break }
            if let entry = Self.entry(Substring(member)) { entries.append(entry) }
        }
    }

    /// The value of a key; the last, if there are several.
    public subscript(key: String) -> String? { entries.last { $0.key == key }?.value }

    /// The header to send on, of what fits into the bounds; entries whose key is not a token are left out.
    public var header: String {
        var text = ""
        for entry in entries.prefix(Self.mostEntries) where Self.isToken(entry.key.utf8) {
            let member = ([entry.key + "=" + Self.escaped(entry.value)] + entry.properties).joined(separator: ";")
            guard text.utf8.count + member.utf8.count + 1 <= Self.mostBytes else { break }
            text += text.isEmpty ? member : "," + member
        }
        return text
    }

    private static func entry(_ member: Substring) -> Entry? {
        let parts = member.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
        guard let equals = parts[0].firstIndex(of: "=") else { return nil }
        let key = trimmed(parts[0][..<equals])
        let value = trimmed(parts[0][parts[0].index(after: equals)...])
        guard isToken(key.utf8), value.utf8.allSatisfy(isValueOctet), let text = unescaped(value) else { return nil }
        let properties = parts.dropFirst()
        guard properties.allSatisfy(isProperty) else { return nil }
        return Entry(String(key), text, properties: properties.map(String.init))
    }

    private static func isProperty(_ text: Substring) -> Bool {
        guard let equals = text.firstIndex(of: "=") else { return isToken(text.utf8) }
        let value = trimmed(text[text.index(after: equals)...])
        return isToken(trimmed(text[..<equals]).utf8) && value.utf8.allSatisfy(isValueOctet)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Printable ASCII without space, quotes, comma, semicolon and backslash.
    private static func isValueOctet(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x2C && byte != 0x3B && byte != 0x5C
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for byte in value.utf8 {
            if isValueOctet(byte), byte != 0x25 {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + HexDigits.text(byte).uppercased()
            }
        }
        return text
    }

    /// The text without its escapes, which may be of either case; `nil` when one is cut short. What is not UTF-8 is replaced.
    private static func unescaped(_ value: Substring) -> String? {
        guard value.utf8.contains(0x25) else { return String(value) }
        var bytes: [UInt8] = []
        var rest = value.utf8
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        HexDigits.number(CollectionOfOne(byte >= 0x41 && byte <= 0x46 ? byte | 0x20 : byte)).map { UInt8($0) }
    }
}

private enum TraceBaggageKey: ServiceContextKey {
    typealias Value = TraceBaggage
    static var nameOverride: String? { "baggage" }
}

extension ServiceContext {
    /// What travels with the request, if anything does.
    public var baggage: TraceBaggage? {
        get { self[TraceBaggageKey.self] }
        set { self[TraceBaggageKey.self] = newValue }
    }
}
