import InterlockJSON

/// Walks a schema for `x-mcp-header` and checks every place where one stands.
///
/// Only properties reached through nothing but `properties` may carry one. The walk goes into every keyword that holds
/// schemas, to find those that stand elsewhere; data keywords (`const`, `enum`, `default`, `examples`) are not looked into.
struct HeaderAnnotationSearch {
    private(set) var found: [HeaderParameters.Parameter] = []
    private var namesInLowercase: Set<String> = []

    /// Looks at one schema. `property` is the path of the property it describes, nil where it describes none.
    mutating func visit(
        _ schema: JSONValue, property: [String]?, location: String
    ) throws(HeaderParameters.InvalidSchema) {
        guard let keywords = schema.object else { return }
        for (keyword, value) in keywords {
            let place = "\(location)/\(Self.escaped(keyword))"
            switch keyword {
            case "x-mcp-header":
                try add(value, of: keywords, property: property, location: location)
            case "properties":
                let isReachable = property != nil || location.isEmpty
                for (name, child) in value.object ?? [:] {
                    let path = isReachable ? (property ?? []) + [name] : nil
                    try visit(child, property: path, location: "\(place)/\(Self.escaped(name))")
                }
            case "$defs", "definitions", "patternProperties", "dependentSchemas", "dependencies":
                for (name, child) in value.object ?? [:] {
                    try visit(child, property: nil, location: "\(place)/\(Self.escaped(name))")
                }
            case "const", "enum", "default", "examples":
                continue
            default:
                // A schema, a list of schemas, or neither: then there is nothing to find.
                try visit(value, property: nil, location: place)
                for (index, child) in (value.array ?? []).enumerated() {
                    try visit(child, property: nil, location: "\(place)/\(index)")
                }
            }
        }
    }

    private mutating func add(
        _ value: JSONValue, of keywords: JSONObject, property: [String]?, location: String
    ) throws(HeaderParameters.InvalidSchema) {
        func refuse(_ reason: String) -> HeaderParameters.InvalidSchema {
            HeaderParameters.InvalidSchema(location: location, reason: reason)
        }
        guard let property else {
            throw refuse("only a property reached through nothing but \"properties\" can be mirrored")
        }
        guard let name = value.string else { throw refuse("expected a string") }
        guard !name.isEmpty else { throw refuse("the name is empty") }
        guard name.utf8.allSatisfy(Self.isTokenCharacter) else {
            throw refuse("\"\(name)\" is no HTTP field name: use letters, digits and !#$%&'*+-.^_`|~")
        }
        guard let type = keywords["type"]?.string.flatMap(HeaderParameters.ValueType.init(rawValue:)) else {
            throw refuse("the property's type must be \"string\", \"integer\" or \"boolean\"")
        }
        guard namesInLowercase.insert(name.lowercased()).inserted else {
            throw refuse("another property is mirrored as \"\(name)\" too; case does not matter")
        }
        found.append(HeaderParameters.Parameter(name: name, path: property, type: type))
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func escaped(_ name: String) -> String {
        name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }
}
