import SwiftSyntax
import SwiftSyntaxBuilder

/// Writes `init(from:)`: like the compiler's own, except that a member which is missing keeps the property's default value.
struct DecodingInitializer {
    let model: StructModel

    init(_ model: StructModel) {
        self.model = model
    }

    var declaration: DeclSyntax {
        let properties = model.properties
        guard !properties.isEmpty else {
            return "\(raw: model.access)init(from decoder: any Swift.Decoder) throws {}"
        }
        let keys = model.hasCodingKeys ? "CodingKeys" : "Key"
        var lines: [String] = []
        if !model.hasCodingKeys {
            lines.append("enum Key: String, CodingKey { case \(properties.map(\.name.text).joined(separator: ", ")) }")
        }
        lines.append("let container = try decoder.container(keyedBy: \(keys).self)")
        lines += properties.map(statement)
        return "\(raw: model.access)init(from decoder: any Swift.Decoder) throws {\n\(raw: lines.joined(separator: "\n"))\n}"
    }

    private func statement(_ property: StoredProperty) -> String {
        let arguments = "\(property.wrappedType.trimmedDescription).self, forKey: .\(property.name.text)"
        if property.defaultValue != nil {
            return "if let value = try container.decodeIfPresent(\(arguments)) { self.\(property.name.text) = value }"
        }
        return "self.\(property.name.text) = try container.\(property.isOptional ? "decodeIfPresent" : "decode")(\(arguments))"
    }
}
