import SwiftSyntax

/// A stored property or a global variable, as far as syntax tells.
struct StoredProperty {
    enum Collection {
        case dictionary, array, set
    }

    let name: String
    let isVariable: Bool
    let isStatic: Bool
    let isPrivate: Bool
    /// Whether it is a lock around its value, reached through `withLock`.
    let isMutex: Bool
    /// The kind of collection it is, or holds if it is a lock.
    let collection: Collection?
    let node: PatternBindingSyntax

    /// The stored properties a declaration makes.
    static func all(of declaration: VariableDeclSyntax) -> [StoredProperty] {
        let modifiers = Set(declaration.modifiers.map(\.name.text))
        return declaration.bindings.compactMap { binding in
            guard let name = binding.pattern.as(IdentifierPatternSyntax.self)?.identifier.text, !binding.isComputed else { return nil }
            // `var a, b: Int`: the type stands at the last one.
            let type = (binding.typeAnnotation ?? declaration.bindings.last?.typeAnnotation)?.type.text
            let value = binding.initializer?.value.text
            let isMutex = type?.hasPrefix("Mutex<") == true || type?.hasPrefix("OSAllocatedUnfairLock<") == true
                || value?.hasPrefix("Mutex(") == true || value?.hasPrefix("Mutex<") == true
            let inner = isMutex ? type.map { String($0.drop { $0 != "<" }.dropFirst().dropLast()) } : type
            let start = isMutex ? value.map { String($0.drop { $0 != "(" }.dropFirst().dropLast()) } : value
            return StoredProperty(
                name: name, isVariable: declaration.bindingSpecifier.text == "var",
                isStatic: modifiers.contains("static") || modifiers.contains("class"),
                isPrivate: modifiers.contains("private") || modifiers.contains("fileprivate"), isMutex: isMutex,
                collection: collection(ofType: inner) ?? collection(ofValue: start), node: binding)
        }
    }

    private static func collection(ofType type: String?) -> Collection? {
        guard let type else { return nil }
        if type.hasPrefix("[") && type.hasSuffix("]") {
            // A colon outside inner brackets makes it a dictionary.
            var depth = 0
            for character in type.dropFirst().dropLast() {
                if "[(<".contains(character) { depth += 1 }
                if "])>".contains(character) { depth -= 1 }
                if character == ":", depth == 0 { return .dictionary }
            }
            return .array
        }
        if type.hasPrefix("Dictionary<") { return .dictionary }
        if type.hasPrefix("Array<") { return .array }
        return type.hasPrefix("Set<") ? .set : nil
    }

    private static func collection(ofValue value: String?) -> Collection? {
        guard let value, value.hasPrefix("["), value.hasSuffix("()") || value == "[:]" || value == "[]" else { return nil }
        return value == "[]" ? .array : value == "[:]" ? .dictionary : collection(ofType: String(value.dropLast(2)))
    }
}

extension PatternBindingSyntax {
    /// Whether it has a getter of its own; observers alone leave it stored.
    var isComputed: Bool {
        switch accessorBlock?.accessors {
        case .getter: true
        case .accessors(let list): !list.allSatisfy { ["willSet", "didSet"].contains($0.accessorSpecifier.text) }
        case nil: false
        }
    }
}
