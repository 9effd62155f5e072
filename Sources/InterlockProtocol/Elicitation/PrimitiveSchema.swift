public import InterlockJSON

/// One field of a form: the small part of JSON Schema that clients can show. Spec: 2026-07-28, Client Features › Elicitation.
public struct PrimitiveSchema: WireShape {
    /// The form a text must have.
    public enum Format: String, WireEnumeration, Sendable, Hashable {
        /// A mail address.
        case email
        /// A URI.
        case uri
        /// A date of RFC 3339.
        case date
        /// A time of RFC 3339.
        case dateTime = "date-time"
    }

    /// What the field takes.
    public enum Kind: Sendable, Hashable {
        /// Text; lengths in characters (Unicode scalars).
        case string(minLength: Int? = nil, maxLength: Int? = nil, format: Format? = nil, default: String? = nil)
        /// A number, with or without a fraction.
        case number(minimum: JSONNumber? = nil, maximum: JSONNumber? = nil, default: JSONNumber? = nil)
        /// A whole number.
        case integer(minimum: JSONNumber? = nil, maximum: JSONNumber? = nil, default: JSONNumber? = nil)
        /// Yes or no.
        case boolean(default: Bool? = nil)
        /// One of some values.
        case choice([EnumOption], default: String? = nil)
        /// Several of some values (2025-11-25 and later).
        case choices([EnumOption], minItems: Int? = nil, maxItems: Int? = nil, default: [String]? = nil)
        /// One of some values, titled the old way with `enumNames`.
        case legacyChoice([EnumOption], default: String? = nil)
    }

    /// What the field takes.
    public var kind: Kind
    /// The label for people.
    public var title: String?
    /// What to enter.
    public var description: String?

    /// Names the root `schema` in messages about its shape.
    public static var wireRoot: String { "schema" }

    /// Makes a field.
    public init(_ kind: Kind, title: String? = nil, description: String? = nil) {
        self.kind = kind
        self.title = title
        self.description = description
    }
}
