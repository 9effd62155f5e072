/// Why a schema was refused, with the place in it.
///
/// Thrown while a schema is compiled. What is wrong with a value is a ``JSONSchemaViolation`` instead.
public struct JSONSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidSchema, unresolvedReference, unsupportedDialect, unsupportedVocabulary, refusedPattern, limitExceeded,
                infiniteReference
            case duplicateIdentifier
        }
        private var value: Value
        private init(_ value: Value) { self.value = value }

        /// A keyword has a value that the standard does not allow for it.
        public static let invalidSchema = Code(.invalidSchema)
        /// A reference leads nowhere: not within the schema, not to a resource handed in, not to a built-in meta-schema.
        public static let unresolvedReference = Code(.unresolvedReference)
        /// `$schema` names a dialect that is neither built in nor among the resources.
        public static let unsupportedDialect = Code(.unsupportedDialect)
        /// A custom meta-schema requires a vocabulary that is not built in.
        public static let unsupportedVocabulary = Code(.unsupportedVocabulary)
        /// A pattern is malformed, or cannot run in linear time.
        public static let refusedPattern = Code(.refusedPattern)
        /// The schema passes one of the limits in ``JSONSchemaConfiguration``.
        public static let limitExceeded = Code(.limitExceeded)
        /// A chain of `$ref` and `allOf` leads back to where it began, so that no value could ever be decided.
        public static let infiniteReference = Code(.infiniteReference)
        /// Two schemas claim the same `$id`, or two places of one resource the same anchor.
        public static let duplicateIdentifier = Code(.duplicateIdentifier)

        public var description: String { value.rawValue }
    }

    /// What kind of refusal it is.
    public var code: Code
    /// What was wrong and what to do.
    public var message: String
    /// Where: the document's identifier, if it has one, and a JSON pointer after `#`.
    public var schemaLocation: String

    /// Makes an error about a place in a schema.
    public init(_ code: Code, _ message: String, at schemaLocation: String) {
        self.code = code
        self.message = message
        self.schemaLocation = schemaLocation
    }

    public var description: String { "schema \(schemaLocation): \(message)" }
}
