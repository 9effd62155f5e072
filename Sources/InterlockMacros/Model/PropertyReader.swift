import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// Goes through a struct's members and collects its stored properties; reports everything that is wrong, not only the first.
struct PropertyReader {
    let types: TypeReader
    /// The cases of the struct's own `CodingKeys`.
    let codingKeys: StringCases?
    let direction: Direction
    let context: any MacroExpansionContext
    private(set) var properties: [StoredProperty] = []
    private(set) var hasFailed = false
    private var headers: Set<String> = []

    init(types: TypeReader, codingKeys: StringCases?, direction: Direction, context: any MacroExpansionContext) {
        self.types = types
        self.codingKeys = codingKeys
        self.direction = direction
        self.context = context
    }

    mutating func read(_ member: DeclSyntax) {
        if let condition = member.as(IfConfigDeclSyntax.self) { return check(condition) }
        guard let variable = member.as(VariableDeclSyntax.self), !variable.modifiers.has(.static), !variable.modifiers.has(.lazy) else { return }
        let bindings = Array(variable.bindings)
        for (index, binding) in bindings.enumerated() where binding.isStored {
            // In `var a, b: Int` the type stands behind the last name.
            let type = binding.typeAnnotation ?? (binding.initializer == nil ? bindings[index...].lazy.compactMap(\.typeAnnotation).first : nil)
            read(binding, type: type?.type, of: variable)
        }
    }

    private mutating func check(_ condition: IfConfigDeclSyntax) {
        for clause in condition.clauses {
            guard case .decls(let members) = clause.elements else { continue }
            for member in members {
                guard let variable = member.decl.as(VariableDeclSyntax.self), !variable.modifiers.has(.static),
                    variable.bindings.contains(where: \.isStored)
                else { continue }
                fail(.conditionalProperty, at: variable)
            }
        }
    }

    private mutating func read(_ binding: PatternBindingSyntax, type annotation: TypeSyntax?, of variable: VariableDeclSyntax) {
        guard let name = binding.pattern.as(IdentifierPatternSyntax.self)?.identifier else { return fail(.tuplePattern, at: binding.pattern) }
        let plainName = name.plainText
        let defaultValue = binding.initializer?.value.trimmed
        let isConstant = variable.bindingSpecifier.tokenKind == .keyword(.let) && defaultValue != nil
        if isConstant, direction == .input { return context.report(.constantInput(plainName), at: name) }

        let key = if let codingKeys { codingKeys[plainName] } else { Optional(plainName) }
        let mayBeAbsent = defaultValue != nil || annotation.map { TypeReader.wrapped($0) != nil } == true
        guard let key else {
            if direction == .input, !mayBeAbsent { fail(.notInCodingKeys(plainName), at: name) }
            return
        }
        guard let written = annotation ?? defaultValue.flatMap(Self.type(ofLiteral:)) else { return fail(.missingType(plainName), at: name) }
        let read: (type: PropertyType, isOptional: Bool)
        do throws(TypeProblem) {
            read = try types.property(written)
        } catch {
            return fail(error.diagnostic, at: error.node)
        }
        var property = StoredProperty(
            name: name.trimmed, key: key, type: read.type, wrappedType: TypeReader.wrapped(written)?.trimmed ?? written.trimmed,
            isOptional: read.isOptional, defaultValue: defaultValue, isConstant: isConstant, description: DocComment.text(of: variable))
        for attribute in variable.attributes {
            guard case .attribute(let attribute) = attribute, Constraint.names.contains(attribute.shortName) else { continue }
            guard let constraint = Constraint(attribute, on: read.type, typeName: written.trimmedDescription, in: context) else {
                hasFailed = true
                continue
            }
            if let header = constraint.header, !headers.insert(header.lowercased()).inserted { fail(.headerTwice(header), at: attribute) }
            property.constraints.append(constraint)
        }
        properties.append(property)
    }

    private mutating func fail(_ diagnostic: MacroDiagnostic, at node: some SyntaxProtocol) {
        context.report(diagnostic, at: node)
        hasFailed = true
    }

    /// The type Swift gives a literal that has no other.
    private static func type(ofLiteral literal: ExprSyntax) -> TypeSyntax? {
        if literal.is(StringLiteralExprSyntax.self) { return "String" }
        if literal.is(BooleanLiteralExprSyntax.self) { return "Bool" }
        if NumberLiteral(literal) != nil { return literal.isFloatLiteral ? "Double" : "Int" }
        return nil
    }
}

extension ExprSyntax {
    /// Whether a number's literal has a fraction or an exponent, under its sign.
    fileprivate var isFloatLiteral: Bool {
        tokens(viewMode: .sourceAccurate).contains { if case .floatLiteral = $0.tokenKind { true } else { false } }
    }
}

extension PatternBindingSyntax {
    /// Whether it takes up storage: it has no accessors, or only observers.
    fileprivate var isStored: Bool {
        guard let accessorBlock else { return true }
        guard case .accessors(let accessors) = accessorBlock.accessors else { return false }
        return accessors.allSatisfy { [.keyword(.willSet), .keyword(.didSet)].contains($0.accessorSpecifier.tokenKind) }
    }
}
