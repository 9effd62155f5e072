import SwiftSyntax
import SwiftSyntaxBuilder

/// Writes `init(from:)`: like the compiler's own, except that a member which is missing keeps the property's default value.
struct DecodingInitializer {
    let model: StructModel

    init(_ model: StructModel) {
        self.model = model
    }

    var declaration: DeclSyntax {
        guard !model.properties.isEmpty else {
            return "\(raw: model.access)init(from decoder: any Swift.Decoder) throws {}"
        }
        // Keys of an enumeration declared here would read better, but the 6.3 compiler aborts on a local type inside an expansion.
        let lines = ["let container = try decoder.container(keyedBy: Interlock.PropertyKey.self)"] + model.properties.map(statement)
        return "\(raw: model.access)init(from decoder: any Swift.Decoder) throws {\n\(raw: lines.joined(separator: "\n"))\n}"
    }

    private func statement(_ property: StoredProperty) -> String {
        let key = StringLiteralExprSyntax(content: property.key).description
        let arguments = "\(property.wrappedType.trimmedDescription).self, forKey: \(key)"
        if property.defaultValue != nil {
            return "if let value = try container.decodeIfPresent(\(arguments)) { self.\(property.name.text) = value }"
        }
        return "self.\(property.name.text) = try container.\(property.isOptional ? "decodeIfPresent" : "decode")(\(arguments))"
    }
}
