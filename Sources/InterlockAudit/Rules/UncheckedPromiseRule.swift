import SwiftSyntax

/// `@unchecked Sendable` and `nonisolated(unsafe)` without a comment `// SAFETY: …` that says why they are safe.
struct UncheckedPromiseRule {
    private let file: ParsedFile

    init(_ file: ParsedFile) {
        self.file = file
    }

    func hazards() -> [Hazard] {
        let conformances = file.all(InheritedTypeSyntax.self, .inheritedType).compactMap { inherited -> Hazard? in
            guard let type = inherited.type.as(AttributedTypeSyntax.self), type.baseType.text.hasSuffix("Sendable"),
                type.attributes.contains(where: { $0.text == "@unchecked" })
            else { return nil }
            return hazard(at: inherited, "`@unchecked Sendable`")
        }
        let variables = file.all(DeclModifierSyntax.self, .declModifier).compactMap { modifier -> Hazard? in
            guard modifier.name.text == "nonisolated", modifier.detail?.detail.text == "unsafe" else { return nil }
            return hazard(at: modifier, "`nonisolated(unsafe)`")
        }
        return conformances + variables
    }

    private func hazard(at node: some SyntaxProtocol, _ what: String) -> Hazard? {
        let declaration = node.ancestors.lazy.compactMap { $0.as(DeclSyntax.self) }.first
        let lines = (declaration.map { [file.line(of: $0)] } ?? []) + [file.line(of: node)]
        if lines.contains(where: file.proofs.cover) { return nil }
        return Hazard(at: node, .uncheckedPromise, "\(what) without a comment `// SAFETY: …` that says why it is safe")
    }
}
