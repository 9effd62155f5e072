import SwiftSyntax
import SwiftSyntaxMacros

/// `@Range`, `@Length`, `@Pattern`, `@Items`, `@Format`, `@Header`: marks that the macro of the surrounding struct reads.
///
/// By itself a mark adds nothing; it only says so when nobody reads it.
enum ConstraintMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol, in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        let isRead = context.lexicalContext.first?.as(StructDeclSyntax.self).map { declaration in
            declaration.attributes.contains { ["ToolInput", "ToolOutput"].contains($0.macroName) }
        }
        if isRead != true || !declaration.is(VariableDeclSyntax.self) {
            context.report(.constraintWithoutReader(node.attributeName.trimmedDescription), at: node)
        }
        return []
    }
}
