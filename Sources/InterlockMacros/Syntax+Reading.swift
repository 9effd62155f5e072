import SwiftSyntax
import SwiftSyntaxBuilder

extension AttributeListSyntax.Element {
    /// The attribute's name without a module in front; nil for `#if`.
    var macroName: String? {
        guard case .attribute(let attribute) = self else { return nil }
        return attribute.shortName
    }
}

extension AttributeSyntax {
    /// The name without a module in front.
    var shortName: String {
        attributeName.as(MemberTypeSyntax.self)?.name.text ?? attributeName.trimmedDescription
    }

    /// The first argument, if there is one.
    var firstArgument: ExprSyntax? {
        guard case .argumentList(let arguments) = arguments else { return nil }
        return arguments.first?.expression
    }
}

extension DeclModifierListSyntax {
    /// The access modifier that the members of a generated extension need to be as visible as their type.
    var accessOfMembers: String {
        for modifier in self where modifier.detail == nil {
            switch modifier.name.tokenKind {
            case .keyword(.public), .keyword(.package): return modifier.name.text + " "
            default: continue
            }
        }
        return ""
    }

    func has(_ keyword: Keyword) -> Bool {
        contains { $0.name.tokenKind == .keyword(keyword) }
    }
}

extension TokenSyntax {
    /// The identifier without the backticks that make a keyword one.
    var plainText: String { identifier?.name ?? text }
}

extension ExtensionDeclSyntax {
    /// An extension with members, that conforms to what the type does not conform to by itself.
    static func conforming(_ type: some TypeSyntaxProtocol, to protocols: [TypeSyntax], _ members: [DeclSyntax]) throws -> ExtensionDeclSyntax {
        let clause = protocols.isEmpty ? "" : ": " + protocols.map(\.trimmedDescription).joined(separator: ", ")
        return try ExtensionDeclSyntax("extension \(type.trimmed)\(raw: clause)") {
            for member in members { member }
        }
    }
}
