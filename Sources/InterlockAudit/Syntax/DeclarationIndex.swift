import SwiftSyntax

/// The types and global variables of a body of source.
struct DeclarationIndex {
    /// By the name with those of the types around it: `Server.Session`.
    private(set) var types: [String: TypeFacts] = [:]
    /// The names of the types that are declared or extended in a file, by path.
    private(set) var typesOfFile: [String: Set<String>] = [:]
    /// Global variables that every file sees.
    private var globals: [String: StoredProperty] = [:]
    /// Global variables of one file.
    private var privateGlobals: [String: [String: StoredProperty]] = [:]

    init(_ files: [ParsedFile]) {
        var groups: [String: [any DeclGroupSyntax]] = [:]
        for file in files {
            for item in file.tree.statements {
                guard let variable = item.item.as(VariableDeclSyntax.self) else { continue }
                for property in StoredProperty.all(of: variable) {
                    if property.isPrivate {
                        privateGlobals[file.path, default: [:]][property.name] = property
                    } else {
                        globals[property.name] = property
                    }
                }
            }
            groups[file.path] = Self.groups(in: file)
            for declaration in groups[file.path, default: []] where !declaration.is(ExtensionDeclSyntax.self) {
                guard let name = Self.name(of: declaration) else { continue }
                typesOfFile[file.path, default: []].insert(name)
                var facts = TypeFacts(name, declaration)
                facts.add(declaration.memberBlock)
                // Two files may have a private type of one name: the first one is known, which is enough for most.
                if types[name] == nil { types[name] = facts }
            }
        }
        for file in files {
            for declaration in groups[file.path, default: []] where declaration.is(ExtensionDeclSyntax.self) {
                guard let name = Self.name(of: declaration) else { continue }
                types[name]?.add(declaration.memberBlock)
            }
        }
        for name in types.keys { types[name]?.summarise() }
    }

    /// The global variable that a bare name means in a file.
    func global(_ name: String, in file: ParsedFile) -> StoredProperty? {
        privateGlobals[file.path]?[name] ?? globals[name]
    }

    /// The type whose member the node is part of.
    func type(around node: some SyntaxProtocol) -> TypeFacts? {
        for ancestor in node.ancestors {
            guard let group = ancestor.asProtocol((any DeclGroupSyntax).self) else { continue }
            return Self.name(of: group).flatMap { types[$0] }
        }
        return nil
    }

    private static func groups(in file: ParsedFile) -> [any DeclGroupSyntax] {
        file.tree.all(DeclSyntax.self, notBelow: { $0.is(CodeBlockSyntax.self) || $0.is(ExprSyntax.self) })
            .compactMap { $0.asProtocol((any DeclGroupSyntax).self) }
    }

    private static func name(of group: any DeclGroupSyntax) -> String? {
        let own: String
        if let declaration = group.as(ExtensionDeclSyntax.self) {
            own = declaration.extendedType.text.split(separator: "<").first.map(String.init) ?? ""
        } else if let named = group.asProtocol((any NamedDeclSyntax).self) {
            own = named.name.text
        } else {
            return nil
        }
        let outer = Syntax(group).ancestors.lazy.compactMap { $0.asProtocol((any DeclGroupSyntax).self) }.first
        return outer.flatMap { name(of: $0) }.map { "\($0).\(own)" } ?? own
    }
}
