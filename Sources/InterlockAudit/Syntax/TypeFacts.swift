import SwiftSyntax

/// What the source says of a type, from its declaration and all its extensions.
struct TypeFacts {
    enum Kind {
        case actor, `class`, value
    }

    let name: String
    let kind: Kind
    /// Whether its instance members run one at a time between suspensions: an actor, or a class on a global actor.
    let isIsolated: Bool
    /// Whether an instance may be used by several calls at once.
    let isShared: Bool
    var properties: [String: StoredProperty] = [:]
    /// Names of stored properties that a computed property or a method without `async` reads.
    var reads: [String: Set<String>] = [:]
    /// Names of stored properties that a method without `async` writes.
    var writes: [String: Set<String>] = [:]
    /// The members of the declaration and of its extensions.
    var members: [MemberBlockItemListSyntax] = []

    init(_ name: String, _ declaration: some DeclGroupSyntax) {
        self.name = name
        let attributes = declaration.attributes.compactMap { $0.as(AttributeSyntax.self)?.attributeName.text }
        let hasGlobalActor = attributes.contains { $0.hasSuffix("Actor") }
        let inherited = declaration.inheritanceClause?.inheritedTypes.map { $0.type.text } ?? []
        let isSendable = inherited.contains { $0.hasSuffix("Sendable") }
        kind = declaration.is(ActorDeclSyntax.self) ? .actor : declaration.is(ClassDeclSyntax.self) ? .class : .value
        isIsolated = kind == .actor || (kind == .class && hasGlobalActor)
        isShared = kind == .actor || (kind == .class && (hasGlobalActor || isSendable))
    }

    /// Takes in the members of the declaration or of an extension.
    mutating func add(_ block: MemberBlockSyntax) {
        members.append(block.members)
        for item in block.members {
            guard let variable = item.decl.as(VariableDeclSyntax.self) else { continue }
            for property in StoredProperty.all(of: variable) { properties[property.name] = property }
        }
    }

    /// Works out what computed properties and methods touch; once all members are known.
    mutating func summarise() {
        let names = Set(properties.keys)
        for item in members.joined() {
            if let variable = item.decl.as(VariableDeclSyntax.self) {
                for binding in variable.bindings where binding.isComputed {
                    guard let name = binding.pattern.as(IdentifierPatternSyntax.self)?.identifier.text,
                        let accessors = binding.accessorBlock
                    else { continue }
                    reads[name] = Self.mentions(of: names, in: accessors)
                }
            }
            if let function = item.decl.as(FunctionDeclSyntax.self), let body = function.body,
                function.signature.effectSpecifiers?.asyncSpecifier == nil
            {
                reads[function.name.text, default: []].formUnion(Self.mentions(of: names, in: body))
                writes[function.name.text, default: []].formUnion(Self.changes(of: names, in: body))
            }
        }
    }

    private static func mentions(of names: Set<String>, in body: some SyntaxProtocol) -> Set<String> {
        Set(body.all(DeclReferenceExprSyntax.self).map(\.baseName.text)).intersection(names)
    }

    private static func changes(of names: Set<String>, in body: some SyntaxProtocol) -> Set<String> {
        let assigned = body.all(SequenceExprSyntax.self).compactMap { Assignment($0)?.target }
        let mutated = body.all(FunctionCallExprSyntax.self).filter { Vocabulary.mutations.contains($0.name) }.compactMap(\.receiver)
        let passed = body.all(InOutExprSyntax.self).map(\.expression)
        return (assigned + mutated + passed).reduce(into: []) { $0.formUnion(mentions(of: names, in: $1)) }
    }
}
