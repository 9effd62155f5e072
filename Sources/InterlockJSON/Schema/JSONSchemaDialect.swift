/// The version of JSON Schema that a schema is written in, as its `$schema` names it.
public struct JSONSchemaDialect: Sendable, Hashable, CustomStringConvertible {
    /// The identifier of the dialect's meta-schema, without an empty fragment.
    public let identifier: String

    /// JSON Schema 2020-12: what a schema without `$schema` is taken for.
    public static let draft202012 = JSONSchemaDialect(identifier: "https://json-schema.org/draft/2020-12/schema")
    /// JSON Schema draft-07, as older schemas use it.
    public static let draft7 = JSONSchemaDialect(identifier: "http://json-schema.org/draft-07/schema")
    /// Every dialect that is built in.
    public static let supported = [draft202012, draft7]

    /// The built-in dialect that a `$schema` names, with or without an empty fragment, over http or https; nil if it is another one.
    public init?(_ schema: String) {
        func bare(_ text: String) -> Substring {
            let rest = text.split(separator: "://", maxSplits: 1).last ?? ""
            return rest.hasSuffix("#") ? rest.dropLast() : rest
        }
        guard let match = Self.supported.first(where: { bare($0.identifier) == bare(schema) }) else { return nil }
        self = match
    }

    private init(identifier: String) { self.identifier = identifier }

    public var description: String { identifier }
}

/// The keywords that are in force within one schema resource.
struct SchemaVocabularies: Sendable, Hashable {
    var dialect = JSONSchemaDialect.draft202012
    var hasApplicators = true
    var hasUnevaluated = true
    var hasValidation = true
    var assertsFormat = false

    static let draft202012 = SchemaVocabularies()
    static let draft7 = SchemaVocabularies(dialect: .draft7, hasUnevaluated: false)

    var isDraft7: Bool { dialect == .draft7 }
}
