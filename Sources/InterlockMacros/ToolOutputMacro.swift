import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@ToolOutput`: the schema of a struct's properties as structured output; the compiler writes the encoder.
enum ToolOutputMacro: ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax, providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard let model = StructModel(declaration, direction: .output, in: context) else { return [] }
        let schema = SchemaText(model, direction: .output).expression
        let member: DeclSyntax = "\(raw: model.access)static let outputSchema: Interlock.RawJSON? = \(schema)"
        return [try .conforming(type, to: protocols, [member])]
    }
}
