/// One subschema, compiled: its keywords as values, its subschemas as indices into ``SchemaGraph/nodes``.
final class SchemaNode: Sendable {
    /// The place, as violations name it.
    let location: String
    /// Which resource it belongs to: the unit of dynamic scope.
    let resource: Int
    /// `true` and `false` as schemas.
    let constantAnswer: Bool?
    let keywords: Keywords

    init(location: String, resource: Int, constantAnswer: Bool? = nil, keywords: Keywords = Keywords()) {
        self.location = location
        self.resource = resource
        self.constantAnswer = constantAnswer
        self.keywords = keywords
    }

    /// What an object schema says; everything is nil or empty where the keyword is absent.
    struct Keywords: Sendable {
        var types: JSONTypeSet?
        var constant: JSONValue?
        var enumeration: [JSONValue]?
        var number: NumberRules?
        var string: StringRules?
        var array: ArrayRules?
        var object: ObjectRules?
        /// `$ref`, and `$dynamicRef` where it cannot lead elsewhere.
        var references: [Int] = []
        var dynamicReferences: [DynamicReference] = []
        var allOf: [Int] = []
        var anyOf: [Int] = []
        var oneOf: [Int] = []
        var not: Int?
        var condition: Condition?
        var unevaluatedItems: Int?
        var unevaluatedProperties: Int?
        /// The first words of `description`, for messages.
        var summary: String?
    }

    struct NumberRules: Sendable {
        var minimum: JSONNumber?
        var maximum: JSONNumber?
        var exclusiveMinimum: JSONNumber?
        var exclusiveMaximum: JSONNumber?
        var multipleOf: JSONNumber?
    }

    struct StringRules: Sendable {
        var minimumLength: Int?
        var maximumLength: Int?
        var pattern: LinearPattern?
        var format: StringFormat?
    }

    final class ArrayRules: Sendable {
        let minimumCount: Int?
        let maximumCount: Int?
        let isUnique: Bool
        /// One schema for each of the first items.
        let prefix: [Int]
        /// The schema of the items after the prefix.
        let rest: Int?
        /// What the schema of the rest is called: `items` or `additionalItems`.
        let restKeyword: String
        let contains: Contains?

        init(
            minimumCount: Int?, maximumCount: Int?, isUnique: Bool, prefix: [Int], rest: Int?, restKeyword: String,
            contains: Contains?
        ) {
            self.minimumCount = minimumCount
            self.maximumCount = maximumCount
            self.isUnique = isUnique
            self.prefix = prefix
            self.rest = rest
            self.restKeyword = restKeyword
            self.contains = contains
        }
    }

    struct Contains: Sendable {
        var schema: Int
        var minimum: Int
        var maximum: Int?
        /// Whether the items that match count as evaluated: not so in draft-07, which has no such notion.
        var covers: Bool
    }

    final class ObjectRules: Sendable {
        let minimumCount: Int?
        let maximumCount: Int?
        let required: [String]
        let properties: PropertyTable
        let patternProperties: [(pattern: LinearPattern, schema: Int)]
        let additional: Int?
        let names: Int?
        let dependentRequired: [(name: String, required: [String])]
        let dependentSchemas: [(name: String, schema: Int)]

        init(
            minimumCount: Int?, maximumCount: Int?, required: [String], properties: PropertyTable,
            patternProperties: [(pattern: LinearPattern, schema: Int)], additional: Int?, names: Int?,
            dependentRequired: [(name: String, required: [String])], dependentSchemas: [(name: String, schema: Int)]
        ) {
            self.minimumCount = minimumCount
            self.maximumCount = maximumCount
            self.required = required
            self.properties = properties
            self.patternProperties = patternProperties
            self.additional = additional
            self.names = names
            self.dependentRequired = dependentRequired
            self.dependentSchemas = dependentSchemas
        }
    }

    struct Condition: Sendable {
        var test: Int
        var then: Int?
        var otherwise: Int?
    }

    struct DynamicReference: Sendable {
        var anchor: String
        /// Where it leads if no resource under way has the anchor.
        var fallback: Int
    }
}
