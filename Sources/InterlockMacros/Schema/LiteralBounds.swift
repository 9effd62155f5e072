import SwiftSyntax

/// A range written with literals: `1...100`, `0..<1`, `1...`, `...64`, `..<10`.
struct LiteralBounds {
    var lower: NumberLiteral?
    var upper: NumberLiteral?
    /// Whether the upper bound itself is outside.
    var excludesUpper = false

    init?(_ expression: ExprSyntax) {
        if let infix = expression.as(InfixOperatorExprSyntax.self) {
            self.init(infix.leftOperand, infix.operator.trimmedDescription, infix.rightOperand)
        } else if let sequence = expression.as(SequenceExprSyntax.self), sequence.elements.count == 3 {
            let elements = Array(sequence.elements)
            self.init(elements[0], elements[1].trimmedDescription, elements[2])
        } else if let postfix = expression.as(PostfixOperatorExprSyntax.self), postfix.operator.text == "..." {
            self.init(postfix.expression, "...", nil)
        } else if let prefix = expression.as(PrefixOperatorExprSyntax.self) {
            self.init(nil, prefix.operator.text, prefix.expression)
        } else if let tuple = expression.as(TupleExprSyntax.self), tuple.elements.count == 1, let inner = tuple.elements.first {
            self.init(inner.expression)
        } else {
            return nil
        }
    }

    private init?(_ lower: ExprSyntax?, _ operation: String, _ upper: ExprSyntax?) {
        guard operation == "..." || operation == "..<" else { return nil }
        excludesUpper = operation == "..<"
        if let lower {
            guard let number = NumberLiteral(lower) else { return nil }
            self.lower = number
        }
        if let upper {
            guard let number = NumberLiteral(upper) else { return nil }
            self.upper = number
        }
    }

    /// Whether nothing lies between the bounds.
    var isEmpty: Bool {
        guard let lower, let upper else { return false }
        return upper < lower || excludesUpper && upper.value == lower.value
    }
}
