/// A host name or address with an optional port.
struct Authority: Sendable, Equatable {
    var name: String
    var port: Int?

    init(name: String, port: Int?) {
        self.name = name
        self.port = port
    }

    /// Reads `name`, `name:port`, `[v6]` or `[v6]:port`; `nil` for anything else.
    init?(parsing text: some StringProtocol) {
        let text = text.trimmedField
        let portText: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = Self.canonical(String(text[text.index(after: text.startIndex)..<end]))
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            portText = rest.isEmpty ? nil : Substring(rest.dropFirst())
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count <= 2, let first = parts.first, !first.isEmpty else { return nil }
            let allowed: (UInt8) -> Bool = { $0 > 0x20 && $0 != 0x7F && !"/\\@#?\"<>,".utf8.contains($0) }
            guard first.utf8.allSatisfy(allowed) else { return nil }
            name = Self.canonical(String(first))
            portText = parts.count == 2 ? Substring(parts[1]) : nil
        }
        if let portText {
            guard let number = UInt16(portText), portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            port = Int(number)
        }
    }

    static func canonical(_ name: String) -> String {
        var name = name.lowercased()
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        if name.hasSuffix("."), name.count > 1 { name.removeLast() }
        return name
    }

    var isLoopback: Bool {
        if name == "localhost" || name == "::1" || name == "127.0.0.1" { return true }
        return name.hasPrefix("127.") && AddressRange.bytes(of: name)?.count == 4
    }

    /// Whether this entry of a list lets `other` in: the same name, and the same port if the entry names one.
    func covers(_ other: Authority) -> Bool {
        name == other.name && (port == nil || port == other.port)
    }
}
