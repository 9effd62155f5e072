import SwiftSyntax
import SwiftSyntaxBuilder

/// A schema while it is put together: JSON text, and in between what is only known at run time.
struct SchemaText {
    private enum Piece {
        case text(String)
        case code(ExprSyntax)
    }

    private var pieces: [Piece] = []

    /// The schema of a struct.
    init(_ model: StructModel, direction: Direction) {
        append("{\"type\":\"object\"")
        if let description = model.description { append(",\"description\":" + JSONText.string(description)) }
        append(",\"properties\":{")
        for (index, property) in model.properties.enumerated() {
            append((index > 0 ? "," : "") + JSONText.string(property.key) + ":")
            append(property, direction)
        }
        append("}")
        let required = model.properties.filter { direction == .input ? !$0.mayBeAbsent : !$0.isOptional }.map(\.key)
        if !required.isEmpty { append(",\"required\":" + JSONText.array(required.map(JSONText.string))) }
        if direction == .input { append(",\"additionalProperties\":false") }
        append("}")
    }

    /// A schema that is known as a whole.
    init(object members: [JSONMember]) {
        append(JSONText.object(members))
    }

    /// Code whose value is the schema: one literal where all of it is known while compiling.
    var expression: ExprSyntax {
        if pieces.count == 1, case .text(let text) = pieces[0] {
            return "Interlock.MacroSchema.literal(\(StringLiteralExprSyntax(content: text)))"
        }
        let list = pieces.map { piece in
            switch piece {
            case .text(let text): StringLiteralExprSyntax(content: text).description
            case .code(let code): code.description
            }
        }
        return "Interlock.MacroSchema.joined([\(raw: list.joined(separator: ", "))])"
    }

    // MARK: Putting together

    private mutating func append(_ text: String) {
        if case .text(let last) = pieces.last { pieces[pieces.count - 1] = .text(last + text) } else { pieces.append(.text(text)) }
    }

    private mutating func append(_ property: StoredProperty, _ direction: Direction) {
        var members = property.constraints.flatMap(\.members)
        var runtimeDefault: ExprSyntax?
        if direction == .input, let value = property.defaultValue, !value.is(NilLiteralExprSyntax.self) {
            if let json = JSONText.literal(value, cases: property.type.cases) {
                members.append(JSONMember("default", json))
            } else {
                runtimeDefault = value
            }
        }
        if let description = property.description { members.insert(JSONMember("description", JSONText.string(description)), at: 0) }
        append(type: property.type, members, default: runtimeDefault, direction)
    }

    /// - Parameter members: keywords of the property, which win over those of its type.
    private mutating func append(type: PropertyType, _ members: [JSONMember], default value: ExprSyntax?, _ direction: Direction) {
        switch type {
        case .string(let format):
            append(object("string", [("format", format.map(JSONText.string))], members))
        case .integer(let minimum, let maximum):
            let isBounded = members.contains { $0.name == "maximum" || $0.name == "exclusiveMaximum" }
            append(object("integer", [("minimum", minimum), ("maximum", isBounded ? nil : maximum)], members))
        case .number: append(object("number", [], members))
        case .boolean: append(object("boolean", [], members))
        case .anything: append(JSONText.object(members))
        case .anyObject: append(object("object", [], members))
        case .choice(let cases):
            append(object("string", [("enum", JSONText.array(cases.values.map(JSONText.string)))], members))
        case .array(let element, let isUnique):
            append("{\"type\":\"array\",\"items\":")
            append(type: element, [], default: nil, direction)
            append((isUnique ? ",\"uniqueItems\":true" : "") + rest(members))
        case .dictionary(let element):
            append("{\"type\":\"object\",\"additionalProperties\":")
            append(type: element, [], default: nil, direction)
            append(rest(members))
        case .nullable(let element):
            append("{\"anyOf\":[")
            append(type: element, [], default: nil, direction)
            append(",{\"type\":\"null\"}]" + rest(members))
        case .named(let type):
            append(named: type, members, value, direction)
        }
    }

    /// A type known by name: its schema is taken at run time and given the property's own keywords.
    private mutating func append(named type: TypeSyntax, _ members: [JSONMember], _ value: ExprSyntax?, _ direction: Direction) {
        var arguments = "\(type.trimmedDescription).self"
        if let value { arguments += ", default: \(value.trimmedDescription)" }
        if !members.isEmpty { arguments += ", adding: \(StringLiteralExprSyntax(content: JSONText.object(members)).description)" }
        pieces.append(.code("Interlock.MacroSchema.\(raw: direction == .input ? "input" : "output")(\(raw: arguments))"))
    }

    private func object(_ type: String, _ implied: [(String, String?)], _ members: [JSONMember]) -> String {
        let kept = implied.compactMap { name, value in
            members.contains { $0.name == name } ? nil : value.map { JSONMember(name, $0) }
        }
        return JSONText.object([JSONMember("type", JSONText.string(type))] + kept + members)
    }

    /// The end of an object that is begun already.
    private func rest(_ members: [JSONMember]) -> String {
        members.map { "," + $0.text }.joined() + "}"
    }
}
