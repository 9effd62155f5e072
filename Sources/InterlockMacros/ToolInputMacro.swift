import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@ToolInput`: the schema of a struct's properties, and a decoder that honours their default values.
enum ToolInputMacro: ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax, providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard let model = StructModel(declaration, direction: .input, in: context) else { return [] }
        let schema = SchemaText(model, direction: .input).expression
        var members: [DeclSyntax] = ["\(raw: model.access)static let inputSchema: Interlock.RawJSON = \(schema)"]
        if !model.declaresDecoding { members.append(DecodingInitializer(model).declaration) }
        return [try .conforming(type, to: protocols, members)]
    }
}
