import SwiftSyntax
import SwiftSyntaxMacros

/// Which way a struct travels.
enum Direction {
    /// Arguments of a tool.
    case input
    /// What a tool returns.
    case output

    var macro: String { self == .input ? "@ToolInput" : "@ToolOutput" }
}

/// What a macro needs to know of the struct it is attached to.
struct StructModel {
    var name: String
    /// The access modifier of generated members, with a space after it.
    var access: String
    var description: String?
    /// The properties that have a place in JSON.
    var properties: [StoredProperty]
    /// Whether the struct has its own `init(from:)` or `init(arguments:)`.
    var declaresDecoding: Bool

    /// Reads a declaration; nil after what is wrong with it has been reported.
    init?(_ declaration: some DeclGroupSyntax, direction: Direction, in context: some MacroExpansionContext) {
        guard let declaration = declaration.as(StructDeclSyntax.self) else {
            context.report(.wrongTarget(direction.macro, needs: "a struct", declaration.introducer.text), at: declaration.introducer)
            return nil
        }
        if let generics = declaration.genericParameterClause {
            context.report(.generic(declaration.name.text), at: generics)
            return nil
        }
        name = declaration.name.plainText
        access = declaration.modifiers.accessOfMembers
        description = DocComment.text(of: declaration)

        let members = declaration.memberBlock.members
        let codingKeys = members.lazy.compactMap { $0.decl.as(EnumDeclSyntax.self) }.first { $0.name.text == "CodingKeys" }
        declaresDecoding = members.contains { $0.decl.as(InitializerDeclSyntax.self)?.readsJSON == true }

        var choices: [String: StringCases] = [:]
        for member in members {
            guard let choice = member.decl.as(EnumDeclSyntax.self), choice.name.text != "CodingKeys" else { continue }
            choices[choice.name.plainText] = StringCases(choice)
        }
        var reader = PropertyReader(
            types: TypeReader(structName: name, choices: choices), codingKeys: codingKeys.flatMap { StringCases($0) },
            direction: direction, context: context)
        for member in members { reader.read(member.decl) }
        guard !reader.hasFailed else { return nil }
        properties = reader.properties
    }
}

extension InitializerDeclSyntax {
    /// Whether it takes the place of the generated decoder.
    fileprivate var readsJSON: Bool {
        let parameters = signature.parameterClause.parameters
        return parameters.count == 1 && ["from", "arguments"].contains(parameters.first?.firstName.text)
    }
}

extension DeclGroupSyntax {
    /// The keyword that says what kind of declaration this is.
    var introducer: TokenSyntax {
        if let declaration = self.as(StructDeclSyntax.self) { return declaration.structKeyword }
        if let declaration = self.as(EnumDeclSyntax.self) { return declaration.enumKeyword }
        if let declaration = self.as(ClassDeclSyntax.self) { return declaration.classKeyword }
        if let declaration = self.as(ActorDeclSyntax.self) { return declaration.actorKeyword }
        if let declaration = self.as(ProtocolDeclSyntax.self) { return declaration.protocolKeyword }
        return self.firstToken(viewMode: .sourceAccurate) ?? .keyword(.extension)
    }
}
