import SwiftSyntax

/// One stored property of a struct: an argument of a tool, or a member of its output.
struct StoredProperty {
    /// The name as it is written in Swift, with backticks where it has them.
    var name: TokenSyntax
    /// The name in JSON.
    var key: String
    var type: PropertyType
    /// The type as it is written, without its optional; nil where the default value tells it.
    var wrappedType: TypeSyntax
    var isOptional: Bool
    var defaultValue: ExprSyntax?
    /// `let` with a value, which nothing can set.
    var isConstant: Bool
    var description: String?
    var constraints: [Constraint] = []

    /// Whether an input may lack it.
    var mayBeAbsent: Bool { isOptional || defaultValue != nil }
}
