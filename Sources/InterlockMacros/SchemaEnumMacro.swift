import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@SchemaEnum`: the schema of an enumeration with string raw values.
enum SchemaEnumMacro: ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax, providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard let declaration = declaration.as(EnumDeclSyntax.self) else {
            context.report(.wrongTarget("@SchemaEnum", needs: "an enum", declaration.introducer.text), at: declaration.introducer)
            return []
        }
        guard let cases = StringCases(declaration) else {
            context.report(.needsStringRawValues(declaration.name.text), at: declaration.name)
            return []
        }
        guard !cases.values.isEmpty else {
            context.report(.noCases(declaration.name.text), at: declaration.name)
            return []
        }
        var members = [JSONMember("type", JSONText.string("string")), JSONMember("enum", JSONText.array(cases.values.map(JSONText.string)))]
        if let description = DocComment.text(of: declaration) { members.append(JSONMember("description", JSONText.string(description))) }
        let schema = SchemaText(object: members).expression
        let access = declaration.modifiers.accessOfMembers
        return [try .conforming(type, to: protocols, ["\(raw: access)static let jsonSchema: Interlock.RawJSON = \(schema)"])]
    }
}
