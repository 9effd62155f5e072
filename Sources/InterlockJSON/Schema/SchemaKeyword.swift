/// Which keywords hold subschemas, and how.
enum SchemaKeyword {
    enum Shape { case schema, list, map }

    static func shape(of keyword: String, isDraft7: Bool) -> Shape? {
        switch keyword {
        case "additionalProperties", "items", "contains", "propertyNames", "if", "then", "else", "not": .schema
        case "allOf", "anyOf", "oneOf": .list
        case "properties", "patternProperties", "definitions", "$defs": .map
        case "additionalItems": isDraft7 ? .schema : nil
        case "dependencies": isDraft7 ? .map : nil
        case "unevaluatedProperties", "unevaluatedItems", "contentSchema": isDraft7 ? nil : .schema
        case "prefixItems": isDraft7 ? nil : .list
        case "dependentSchemas": isDraft7 ? nil : .map
        default: nil
        }
    }
}
