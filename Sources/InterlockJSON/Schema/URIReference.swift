/// A URI or a relative reference, taken apart (RFC 3986).
struct URIReference: Sendable, Hashable {
    var scheme: String?
    var authority: String?
    var path: String
    var query: String?
    var fragment: String?

    init(scheme: String? = nil, authority: String? = nil, path: String = "", query: String? = nil, fragment: String? = nil) {
        self.scheme = scheme
        self.authority = authority
        self.path = path
        self.query = query
        self.fragment = fragment
    }

    /// Takes a text apart as appendix B of RFC 3986 does: every text has a reading.
    init(_ text: String) {
        var rest = Substring(text)
        func cut(at mark: Character) -> String? {
            guard let place = rest.firstIndex(of: mark) else { return nil }
            let tail = String(rest[rest.index(after: place)...])
            rest = rest[..<place]
            return tail
        }
        fragment = cut(at: "#")
        query = cut(at: "?")
        if let colon = rest.firstIndex(of: ":"), let first = rest.utf8.first,
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= first | 0x20,
            rest[..<colon].utf8.allSatisfy(Self.isSchemeByte)
        {
            scheme = String(rest[..<colon]).lowercased()
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        }
        path = String(rest)
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    var text: String {
        var result = ""
        if let scheme { result += scheme + ":" }
        if let authority { result += "//" + authority }
        result += path
        if let query { result += "?" + query }
        if let fragment { result += "#" + fragment }
        return result
    }

    /// The same without its fragment.
    var withoutFragment: URIReference {
        var copy = self
        copy.fragment = nil
        return copy
    }

    /// This reference seen from `base` (RFC 3986 §5.2). A base without a scheme is allowed and gives a relative result.
    func resolved(against base: URIReference) -> URIReference {
        if scheme != nil { return with(path: Self.withoutDots(path)) }
        var result = URIReference(scheme: base.scheme, fragment: fragment)
        if authority != nil {
            result.authority = authority
            result.path = Self.withoutDots(path)
            result.query = query
            return result
        }
        result.authority = base.authority
        if path.isEmpty {
            result.path = base.path
            result.query = query ?? base.query
            return result
        }
        result.query = query
        if path.hasPrefix("/") {
            result.path = Self.withoutDots(path)
        } else if base.authority != nil && base.path.isEmpty {
            result.path = Self.withoutDots("/" + path)
        } else {
            let folder = base.path.lastIndex(of: "/").map { base.path[...$0] } ?? ""
            result.path = Self.withoutDots(folder + path)
        }
        return result
    }

    private func with(path: String) -> URIReference {
        var copy = self
        copy.path = path
        return copy
    }

    /// Takes `.` and `..` out of a path (RFC 3986 §5.2.4).
    private static func withoutDots(_ path: String) -> String {
        guard path.contains("./") || path.hasSuffix(".") else { return path }
        var output: [Substring] = []
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch part {
            case ".":
                if isLast { output.append("") }
            case "..":
                if output.count > 1 || (output.count == 1 && output[0] != "") { output.removeLast() }
                if isLast { output.append("") }
            default: output.append(part)
            }
        }
        return output.joined(separator: "/")
    }

    /// A text with its percent-escapes decoded; malformed ones stay as they are.
    static func percentDecoded(_ text: String) -> String {
        guard text.utf8.contains(0x25) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25, index + 2 < bytes.count, let high = Unicode.Scalar(bytes[index + 1]).hexadecimalDigit,
                let low = Unicode.Scalar(bytes[index + 2]).hexadecimalDigit
            {
                result.append(UInt8(high << 4 | low))
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
