/// The types that `type` may name, as a set.
struct JSONTypeSet: OptionSet, Sendable, Hashable {
    var rawValue: UInt8

    static let null = JSONTypeSet(rawValue: 1)
    static let boolean = JSONTypeSet(rawValue: 2)
    static let integer = JSONTypeSet(rawValue: 4)
    static let number = JSONTypeSet(rawValue: 8)
    static let string = JSONTypeSet(rawValue: 16)
    static let array = JSONTypeSet(rawValue: 32)
    static let object = JSONTypeSet(rawValue: 64)
    static let all = JSONTypeSet(rawValue: 127)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The type of a name; nil if there is none.
    init?(name: String) {
        switch name {
        case "null": self = .null
        case "boolean": self = .boolean
        case "integer": self = .integer
        case "number": self = .number
        case "string": self = .string
        case "array": self = .array
        case "object": self = .object
        default: return nil
        }
    }

    @inline(__always)
    func accepts(_ value: JSONValue) -> Bool {
        switch value {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .number(let number): contains(.number) || contains(.integer) && number.isIntegral
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        }
    }

    /// As in "an integer or null".
    var phrase: String {
        let named: [(JSONTypeSet, String)] = [
            (.string, "a string"), (.integer, "an integer"), (.number, "a number"), (.boolean, "a boolean"), (.array, "an array"),
            (.object, "an object"), (.null, "null"),
        ]
        var phrases = named.filter { contains($0.0) && !($0.0 == .integer && contains(.number)) }.map(\.1)
        guard let last = phrases.popLast() else { return "nothing" }
        return phrases.isEmpty ? last : phrases.joined(separator: ", ") + " or " + last
    }
}
