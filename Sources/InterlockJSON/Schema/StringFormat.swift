/// The formats that can be asserted; every other one only annotates.
enum StringFormat: String, Sendable, CaseIterable {
    case dateTime = "date-time"
    case date
    case time
    case duration
    case email
    case hostname
    case ipv4
    case ipv6
    case uri
    case uriReference = "uri-reference"
    case uuid
    case jsonPointer = "json-pointer"
    case relativeJSONPointer = "relative-json-pointer"
    case regex

    func accepts(_ text: String) -> Bool {
        var reader = FormatReader(text)
        return switch self {
        case .dateTime: reader.dateTime() && reader.isAtEnd
        case .date: reader.date() && reader.isAtEnd
        case .time: reader.time() && reader.isAtEnd
        case .duration: reader.duration() && reader.isAtEnd
        case .email: reader.email()
        case .hostname: FormatReader.isHostname(reader.bytes[...])
        case .ipv4: FormatReader.isIPv4(reader.bytes[...])
        case .ipv6: FormatReader.isIPv6(reader.bytes[...])
        case .uri: FormatReader.isURI(text, needsScheme: true)
        case .uriReference: FormatReader.isURI(text, needsScheme: false)
        case .uuid: reader.uuid() && reader.isAtEnd
        case .jsonPointer: JSONPointer.tokens(of: text) != nil
        case .relativeJSONPointer: reader.relativePointer()
        case .regex: Self.isPattern(text)
        }
    }

    /// Something that has the format, for messages.
    var example: String {
        switch self {
        case .dateTime: "2026-01-31T09:30:00Z"
        case .date: "2026-01-31"
        case .time: "09:30:00Z"
        case .duration: "P1DT12H"
        case .email: "ada@example.com"
        case .hostname: "www.example.com"
        case .ipv4: "192.0.2.1"
        case .ipv6: "2001:db8::1"
        case .uri: "https://example.com/path"
        case .uriReference: "../path"
        case .uuid: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
        case .jsonPointer: "/a/0"
        case .relativeJSONPointer: "1/a"
        case .regex: "^[a-z]+$"
        }
    }

    /// Whether a text is a pattern; one that only cannot run in linear time still is.
    private static func isPattern(_ text: String) -> Bool {
        do throws(PatternError) {
            _ = try LinearPattern(text, limits: PatternLimits(maximumAutomatonStates: 0))
            return true
        } catch {
            return error.code != .syntax
        }
    }
}
