/// The text form of JSON pointers (RFC 6901).
enum JSONPointer {
    /// A pointer with one more token, which is escaped.
    static func appending(_ token: String, to pointer: String) -> String {
        guard token.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return "\(pointer)/\(token)" }
        var result = pointer + "/"
        for scalar in token.unicodeScalars {
            switch scalar {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The tokens of a pointer, unescaped; nil if it is none.
    static func tokens(of pointer: String) -> [String]? {
        guard !pointer.isEmpty else { return [] }
        guard pointer.utf8.first == 0x2F else { return nil }
        var result: [String] = []
        for part in pointer.unicodeScalars.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            var token = String.UnicodeScalarView()
            var isEscaped = false
            for scalar in part {
                if isEscaped {
                    guard scalar == "0" || scalar == "1" else { return nil }
                    token.append(scalar == "0" ? "~" : "/")
                    isEscaped = false
                } else if scalar == "~" {
                    isEscaped = true
                } else {
                    token.append(scalar)
                }
            }
            guard !isEscaped else { return nil }
            result.append(String(token))
        }
        return result
    }
}
