import SwiftParser
import SwiftSyntax

/// A number written as a literal, with or without a sign or parentheses.
struct NumberLiteral: Comparable {
    private(set) var text: String
    private(set) var value: Double
    private(set) var isInteger: Bool

    init?(_ expression: ExprSyntax) {
        if let literal = expression.as(IntegerLiteralExprSyntax.self), let value = literal.representedLiteralValue {
            (text, self.value, isInteger) = (String(value), Double(value), true)
        } else if let literal = expression.as(FloatLiteralExprSyntax.self), let value = literal.representedLiteralValue, value.isFinite {
            (text, self.value, isInteger) = (Self.json(value), value, false)
        } else if let prefix = expression.as(PrefixOperatorExprSyntax.self), prefix.operator.text == "-", let number = NumberLiteral(prefix.expression) {
            (text, value, isInteger) = ("-" + number.text, -number.value, number.isInteger)
        } else if let tuple = expression.as(TupleExprSyntax.self), tuple.elements.count == 1, let inner = tuple.elements.first, inner.label == nil,
            let number = NumberLiteral(inner.expression)
        {
            self = number
        } else {
            return nil
        }
    }

    /// Whole numbers without a fraction: `1.0` is the number 1.
    private static func json(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }

    static func < (left: NumberLiteral, right: NumberLiteral) -> Bool { left.value < right.value }
}
