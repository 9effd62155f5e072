import SwiftSyntax

/// Reads types: what a name means depends on the struct it stands in.
struct TypeReader {
    /// The struct's own name, which a property's type must not contain.
    var structName: String
    /// Enumerations declared inside the struct.
    var choices: [String: StringCases]

    /// A property's type, and whether its value may be missing.
    func property(_ syntax: TypeSyntax) throws(TypeProblem) -> (type: PropertyType, isOptional: Bool) {
        if let wrapped = Self.wrapped(syntax) { return (try read(wrapped), true) }
        return (try read(syntax), false)
    }

    func read(_ syntax: TypeSyntax) throws(TypeProblem) -> PropertyType {
        if let wrapped = Self.wrapped(syntax) { return .nullable(try read(wrapped)) }
        if let array = syntax.as(ArrayTypeSyntax.self) { return .array(try read(array.element), isUnique: false) }
        if let dictionary = syntax.as(DictionaryTypeSyntax.self) { return try self.dictionary(dictionary.key, dictionary.value, in: syntax) }
        if let attributed = syntax.as(AttributedTypeSyntax.self) { return try read(attributed.baseType) }
        if let tuple = syntax.as(TupleTypeSyntax.self), tuple.elements.count == 1, let inner = tuple.elements.first { return try read(inner.type) }
        if let name = syntax.as(IdentifierTypeSyntax.self) { return try self.name(name.name.text, name.genericArgumentClause, syntax) }
        if let member = syntax.as(MemberTypeSyntax.self) {
            if ["Swift", "Foundation"].contains(member.baseType.trimmedDescription) {
                return try name(member.name.text, member.genericArgumentClause, syntax)
            }
            return .named(syntax.trimmed)
        }
        throw TypeProblem(syntax, Self.advice(syntax))
    }

    /// What an optional wraps, in either spelling.
    static func wrapped(_ syntax: TypeSyntax) -> TypeSyntax? {
        if let optional = syntax.as(OptionalTypeSyntax.self) { return optional.wrappedType }
        if let name = syntax.as(IdentifierTypeSyntax.self), name.name.text == "Optional" { return name.genericArgumentClause?.types.first }
        return nil
    }

    private func name(_ name: String, _ generic: GenericArgumentClauseSyntax?, _ syntax: TypeSyntax) throws(TypeProblem) -> PropertyType {
        let arguments = generic?.types ?? []
        switch (name, arguments.count) {
        case ("Array", 1): return .array(try read(arguments[0]), isUnique: false)
        case ("Set", 1): return .array(try read(arguments[0]), isUnique: true)
        case ("Dictionary", 2): return try dictionary(arguments[0], arguments[1], in: syntax)
        case (structName, 0), ("Self", 0): throw TypeProblem(recursion: syntax)
        case (_, 0):
            if let cases = choices[name] { return .choice(cases) }
            if let scalar = Self.scalar(name) { return scalar }
            if let advice = Self.refused[name] { throw TypeProblem(syntax, advice) }
            return .named(syntax.trimmed)
        default: return .named(syntax.trimmed)
        }
    }

    private func dictionary(_ key: TypeSyntax, _ value: TypeSyntax, in syntax: TypeSyntax) throws(TypeProblem) -> PropertyType {
        guard key.trimmedDescription == "String" else {
            throw TypeProblem(key, "names of JSON members are strings, so a dictionary is [String: \(value.trimmedDescription)]")
        }
        return .dictionary(try read(value))
    }

    /// The types whose JSON is known by their name.
    private static func scalar(_ name: String) -> PropertyType? {
        switch name {
        case "String": .string()
        case "Bool": .boolean
        case "Double", "Float": .number
        case "Int", "Int64", "Int128": .integer()
        case "UInt", "UInt64", "UInt128": .integer(minimum: "0")
        case "Int8": .integer(minimum: "-128", maximum: "127")
        case "UInt8": .integer(minimum: "0", maximum: "255")
        case "Int16": .integer(minimum: "-32768", maximum: "32767")
        case "UInt16": .integer(minimum: "0", maximum: "65535")
        case "Int32": .integer(minimum: "-2147483648", maximum: "2147483647")
        case "UInt32": .integer(minimum: "0", maximum: "4294967295")
        case "URL": .string(format: "uri")
        case "UUID": .string(format: "uuid")
        case "Date": .string(format: "date-time")
        case "JSONValue", "RawJSON": .anything
        case "JSONObject": .anyObject
        default: nil
        }
    }

    private static let refused: [String: String] = [
        "Any": "use JSONValue for a value of any kind", "AnyObject": "use JSONValue for a value of any kind",
        "Character": "use String with @Length(1...1)", "Decimal": "use String with @Pattern, or whole cents", "Void": "leave the property out",
    ]

    private static func advice(_ syntax: TypeSyntax) -> String {
        if syntax.is(TupleTypeSyntax.self) { return "use an array, or a struct with @ToolInput or @ToolOutput" }
        if syntax.is(FunctionTypeSyntax.self) { return "functions are no data" }
        if syntax.is(SomeOrAnyTypeSyntax.self) { return "use a concrete type, or JSONValue for a value of any kind" }
        return "use String, numbers, Bool, arrays, [String: T], or structs and enums with @ToolInput, @ToolOutput or @SchemaEnum"
    }
}

/// A type without a schema: where it stands and what to use instead.
struct TypeProblem: Error {
    var node: TypeSyntax
    var diagnostic: MacroDiagnostic

    init(_ node: TypeSyntax, _ advice: String) {
        self.node = node
        self.diagnostic = .unsupportedType(node.trimmedDescription, advice)
    }

    init(recursion node: TypeSyntax) {
        self.node = node
        self.diagnostic = .recursive(node.trimmedDescription)
    }
}

extension GenericArgumentClauseSyntax {
    /// The arguments that are types.
    fileprivate var types: [TypeSyntax] {
        arguments.compactMap { argument in
            if case .type(let type) = argument.argument { type } else { nil }
        }
    }
}
