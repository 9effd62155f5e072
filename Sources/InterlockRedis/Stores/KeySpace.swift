internal import InterlockStorage

/// The keys of one kind of thing under a prefix.
///
/// Keys that share the text between their first braces share a slot, as they came in. A key without such text is put into braces whole, so that
/// what belongs to it under other kinds shares its slot. Different keys never meet.
struct KeySpace: Sendable {
    private let prefix: String

    /// - Parameter prefix: the configuration's, without braces.
    init(_ prefix: String) {
        self.prefix = prefix
    }

    /// The key of `kind` for a caller's own key.
    func key(_ kind: String, _ key: String) -> String {
        HashSlot.tag(of: key) == nil ? "\(prefix)\(kind)={\(Self.escaped(key))}" : "\(prefix)\(kind):\(key)"
    }

    /// A caller's text without braces and percent signs, different for different texts.
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "%") }) else { return text.isEmpty ? "%" : text }
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "%"): escaped += "%25".utf8
            case UInt8(ascii: "{"): escaped += "%7B".utf8
            case UInt8(ascii: "}"): escaped += "%7D".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
