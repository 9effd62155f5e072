/// Reads the texts that ``StringFormat`` asserts, byte by byte.
struct FormatReader {
    let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func take(either first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool { take(first) || take(second) }

    /// Exactly `count` decimal digits.
    private mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for index in position..<(position + count) {
            guard ASCII.isDigit(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] - ASCII.zero)
        }
        position += count
        return value
    }

    /// One decimal digit or more.
    private mutating func number() -> Bool {
        let start = position
        while let byte = next, ASCII.isDigit(byte) { position += 1 }
        return position > start
    }

    // MARK: RFC 3339

    mutating func dateTime() -> Bool { date() && take(either: "T", "t") && time() }

    mutating func date() -> Bool {
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (1...days).contains(day)
    }

    mutating func time() -> Bool {
        guard let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2), hour < 24, minute < 60,
            second <= 60
        else {
            return false
        }
        if take("."), !number() { return false }
        var offset = 0
        if !take(either: "Z", "z") {
            let isEast = take("+")
            guard isEast || take("-"), let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60 else {
                return false
            }
            offset = (hours * 60 + minutes) * (isEast ? 1 : -1)
        }
        // A leap second is the last one of a day in UTC.
        return second < 60 || ((hour * 60 + minute - offset) % 1_440 + 1_440) % 1_440 == 1_439
    }

    mutating func duration() -> Bool {
        guard take("P") else { return false }
        let start = position
        if number() {
            if take("W") { return isAtEnd }
            position = start
        }
        guard units("YMD") else { return false }
        guard take("T") else { return position > start }
        let timeStart = position
        return units("HMS") && position > timeStart
    }

    /// Numbers with units, in order and without a gap between the units used; false if a number has no unit that may follow.
    private mutating func units(_ order: String) -> Bool {
        var rest = Array(order.utf8)
        while let byte = next, ASCII.isDigit(byte) {
            guard number(), let unit = next, let place = rest.firstIndex(of: unit) else { return false }
            guard rest.count == order.utf8.count || place == 0 else { return false }
            position += 1
            rest.removeFirst(place + 1)
        }
        return true
    }

    // MARK: Others

    mutating func uuid() -> Bool {
        for (index, count) in [8, 4, 4, 4, 12].enumerated() {
            if index > 0, !take("-") { return false }
            for _ in 0..<count {
                guard let byte = next, ASCII.hexadecimal(byte) != nil else { return false }
                position += 1
            }
        }
        return true
    }

    mutating func relativePointer() -> Bool {
        if !take("0") {
            guard next != ASCII.zero, number() else { return false }
        }
        if take("#") { return isAtEnd }
        return JSONPointer.tokens(of: String(decoding: bytes[position...], as: UTF8.self)) != nil
    }

    /// RFC 5321 without folding and comments.
    mutating func email() -> Bool {
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let (local, domain) = (bytes[..<at], bytes[(at + 1)...])
        guard (1...64).contains(local.count) else { return false }
        if local.first == ASCII.quote {
            guard local.count >= 3, local.last == ASCII.quote else { return false }
            var isEscaped = false
            for byte in local.dropFirst().dropLast() {
                guard (0x20...0x7E).contains(byte) else { return false }
                if isEscaped {
                    isEscaped = false
                } else if byte == ASCII.backslash {
                    isEscaped = true
                } else if byte == ASCII.quote {
                    return false
                }
            }
            guard !isEscaped else { return false }
        } else {
            for part in local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
                guard !part.isEmpty, part.allSatisfy({ Self.isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) })
                else { return false }
            }
        }
        if domain.first == ASCII.openBracket, domain.last == ASCII.closeBracket {
            let literal = domain.dropFirst().dropLast()
            return literal.starts(with: "IPv6:".utf8) ? Self.isIPv6(literal.dropFirst(5)) : Self.isIPv4(literal)
        }
        return Self.isHostname(domain)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { ASCII.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) }

    /// RFC 1123 §2.1.
    static func isHostname(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard (1...253).contains(bytes.count) else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != ASCII.minus && label.last != ASCII.minus
                && label.allSatisfy { isLetterOrDigit($0) || $0 == ASCII.minus }
        }
    }

    static func isIPv4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.count), part.allSatisfy(ASCII.isDigit), part.count == 1 || part.first != ASCII.zero
                else { return false }
                return part.reduce(0) { $0 * 10 + Int($1 - ASCII.zero) } <= 255
            }
    }

    /// RFC 4291 §2.2.
    static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
        let colon = UInt8(ascii: ":")
        var groups = bytes.split(separator: colon, omittingEmptySubsequences: false)
        guard groups.count >= 3 else { return false }
        var count = 0
        if let last = groups.last, last.contains(UInt8(ascii: ".")) {
            guard isIPv4(last) else { return false }
            groups.removeLast()
            count = 2
        } else if groups.last?.isEmpty == true {
            // A colon at the end belongs to "::".
            guard groups[groups.count - 2].isEmpty else { return false }
            groups.removeLast()
        }
        if groups.first?.isEmpty == true {
            guard groups.count >= 2, groups[1].isEmpty else { return false }
            groups.removeFirst()
        }
        let gaps = groups.filter(\.isEmpty).count
        guard gaps <= 1, groups.allSatisfy({ $0.count <= 4 && $0.allSatisfy { ASCII.hexadecimal($0) != nil } }) else {
            return false
        }
        count += groups.count - gaps
        return gaps == 1 ? count <= 7 : count == 8
    }

    /// RFC 3986: the characters everywhere, and the parts where their form is fixed.
    static func isURI(_ text: String, needsScheme: Bool) -> Bool {
        let allowed = "-._~:/?#[]@!$&'()*+,;=%".utf8
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            guard isLetterOrDigit(byte) || allowed.contains(byte) else { return false }
            if byte == 0x25 {
                guard index + 2 < bytes.count, ASCII.hexadecimal(bytes[index + 1]) != nil,
                    ASCII.hexadecimal(bytes[index + 2]) != nil
                else { return false }
            }
        }
        let parts = URIReference(text)
        if parts.scheme == nil {
            guard !needsScheme else { return false }
            // The first segment of a relative path holds no colon (§4.2).
            if parts.authority == nil, parts.path.prefix(while: { $0 != "/" }).contains(":") { return false }
        }
        guard !parts.path.contains(where: { $0 == "[" || $0 == "]" }), parts.fragment?.contains("#") != true else { return false }
        guard let authority = parts.authority else { return true }
        var host = authority[...]
        if let at = host.lastIndex(of: "@") {
            guard !host[..<at].contains(where: { "[]@".contains($0) }) else { return false }
            host = host[host.index(after: at)...]
        }
        if host.first == "[" {
            guard let close = host.firstIndex(of: "]") else { return false }
            let literal = Array(host[..<close].utf8.dropFirst())
            guard isIPv6(literal[...]) || literal.first.map({ $0 | 0x20 == UInt8(ascii: "v") }) == true else { return false }
            host = host[host.index(after: close)...]
            return host.isEmpty || host.first == ":" && host.dropFirst().utf8.allSatisfy(ASCII.isDigit)
        }
        guard !host.contains(where: { $0 == "[" || $0 == "]" }) else { return false }
        guard let colon = host.firstIndex(of: ":") else { return true }
        return host[colon...].dropFirst().utf8.allSatisfy(ASCII.isDigit)
    }
}
