/// One thing that is wrong with a value, said such that whoever made the value can mend it.
public struct JSONSchemaViolation: Sendable, Hashable, CustomStringConvertible {
    /// Where in the value: a JSON pointer (RFC 6901), empty for the whole value.
    public var instancePath: String
    /// The keyword that failed; `false` for a schema that allows nothing, empty where a limit ended the validation.
    public var keyword: String
    /// Where that keyword stands: the document's identifier, if it has one, and a JSON pointer after `#`.
    public var schemaLocation: String
    /// What was expected, what was found, and often what to send instead.
    public var message: String

    /// Makes a violation.
    public init(instancePath: String, keyword: String, schemaLocation: String, message: String) {
        self.instancePath = instancePath
        self.keyword = keyword
        self.schemaLocation = schemaLocation
        self.message = message
    }

    /// Whether the validation was given up because it reached a limit, which leaves open whether the value is valid.
    public var isLimit: Bool { keyword.isEmpty }

    /// The path and the message: `/amount: expected an integer, got the string "12"; send a number without quotes`.
    public var description: String { instancePath.isEmpty ? message : "\(instancePath): \(message)" }
}
