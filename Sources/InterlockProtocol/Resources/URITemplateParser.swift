/// Splits the text of a URI template into literals and expressions (RFC 6570, section 2).
enum URITemplateParser {
    static func parse(_ template: String) throws(URITemplate.Malformed) -> [URITemplate.Part] {
        let bytes = Array(template.utf8)
        var parts: [URITemplate.Part] = []
        var literal: [UInt8] = []
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "{"):
                guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw URITemplate.Malformed(offset: position, reason: "an expression is not closed")
                }
                flush(&literal, into: &parts)
                parts.append(try expression(bytes[(position + 1)..<end]))
                position = end + 1
            case UInt8(ascii: "}"):
                throw URITemplate.Malformed(offset: position, reason: "a closing brace without an opening one")
            case let byte:
                literal.append(byte)
                position += 1
            }
        }
        flush(&literal, into: &parts)
        return parts
    }

    private static func flush(_ literal: inout [UInt8], into parts: inout [URITemplate.Part]) {
        guard !literal.isEmpty else { return }
        parts.append(.literal(PercentEncoding.encode(String(decoding: literal, as: UTF8.self), allowReserved: true)))
        literal.removeAll()
    }

    private static func expression(_ bytes: ArraySlice<UInt8>) throws(URITemplate.Malformed) -> URITemplate.Part {
        var rest = bytes
        var kind = URITemplate.Operator.simple
        if let first = rest.first, !isNameByte(first), first != UInt8(ascii: "%") {
            guard let known = URITemplate.Operator(rawValue: Character(Unicode.Scalar(first))), known != .simple else {
                throw URITemplate.Malformed(offset: rest.startIndex, reason: "an unknown operator")
            }
            kind = known
            rest = rest.dropFirst()
        }
        var variables: [URITemplate.Variable] = []
        for specification in rest.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            variables.append(try variable(specification))
        }
        return .expression(kind, variables)
    }

    private static func variable(_ bytes: ArraySlice<UInt8>) throws(URITemplate.Malformed) -> URITemplate.Variable {
        var name = bytes
        var modifier = URITemplate.Variable.Modifier.none
        if name.last == UInt8(ascii: "*") {
            name = name.dropLast()
            modifier = .explode
        } else if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
            let digits = String(decoding: name[(colon + 1)...], as: UTF8.self)
            guard (1...4).contains(digits.utf8.count), let length = Int(digits), length > 0 else {
                throw URITemplate.Malformed(offset: colon, reason: "a prefix length is 1 to 9999")
            }
            name = name[..<colon]
            modifier = .prefix(length)
        }
        var position = name.startIndex
        while position < name.endIndex {
            let byte = name[position]
            let isDotInside = byte == UInt8(ascii: ".") && position > name.startIndex && position < name.endIndex - 1
            guard isNameByte(byte) || isDotInside || PercentEncoding.isTriplet(name[position...]) else { break }
            position += byte == UInt8(ascii: "%") ? 3 : 1
        }
        guard !name.isEmpty, position == name.endIndex else {
            throw URITemplate.Malformed(offset: position, reason: "a variable's name has letters, digits, _ and dots inside")
        }
        return URITemplate.Variable(name: String(decoding: name, as: UTF8.self), modifier: modifier)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        PercentEncoding.isAlphanumeric(byte) || byte == UInt8(ascii: "_")
    }
}
