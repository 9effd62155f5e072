import SwiftSyntax

/// The type of a property as far as a schema is concerned.
indirect enum PropertyType {
    /// A string, with a format the type itself implies.
    case string(format: String? = nil)
    /// A whole number, with the bounds its width implies.
    case integer(minimum: String? = nil, maximum: String? = nil)
    case number
    case boolean
    /// Any JSON value.
    case anything
    /// Any JSON object.
    case anyObject
    case array(PropertyType, isUnique: Bool)
    case dictionary(PropertyType)
    /// The type or null, inside a container.
    case nullable(PropertyType)
    /// An enumeration declared inside the struct.
    case choice(StringCases)
    /// A type the macro knows only by name; its schema is asked for at run time.
    case named(TypeSyntax)

    var isString: Bool {
        if case .string = self { true } else { false }
    }

    var isNumeric: Bool {
        switch self {
        case .integer, .number: true
        default: false
        }
    }

    var isArray: Bool {
        if case .array = self { true } else { false }
    }

    /// Whether a header field can carry a value (2026-07-28, Transports › Streamable HTTP).
    var fitsHeader: Bool {
        switch self {
        case .string, .integer, .boolean, .choice: true
        default: false
        }
    }

    /// Whether the whole schema is known while compiling.
    var isStatic: Bool {
        switch self {
        case .named: false
        case .array(let element, _), .dictionary(let element), .nullable(let element): element.isStatic
        default: true
        }
    }

    /// The cases of an enumeration, for `.name` in default values.
    var cases: StringCases? {
        switch self {
        case .choice(let cases): cases
        case .array(let element, _), .dictionary(let element), .nullable(let element): element.cases
        default: nil
        }
    }
}
