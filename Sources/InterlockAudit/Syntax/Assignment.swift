import SwiftSyntax

/// `target = value` or `target += value`, as it stands in a sequence of operands and operators.
struct Assignment {
    let target: ExprSyntax
    /// Whether the target's old value is part of the new one.
    let isCompound: Bool
    let values: [ExprSyntax]

    init?(_ sequence: SequenceExprSyntax) {
        let elements = Array(sequence.elements)
        guard elements.count >= 3 else { return nil }
        if elements[1].is(AssignmentExprSyntax.self) {
            isCompound = false
        } else if let symbol = elements[1].as(BinaryOperatorExprSyntax.self)?.operator.text, symbol.hasSuffix("="),
            !["==", "!=", "<=", ">=", "===", "!==", "~="].contains(symbol)
        {
            isCompound = true
        } else {
            return nil
        }
        target = elements[0]
        values = Array(elements[2...])
    }

    /// Whether the new value forgets the old one without looking at it: `nil`, or an empty collection.
    var isReset: Bool {
        !isCompound && values.count == 1 && ["nil", "[]", "[:]"].contains(values[0].text)
    }
}
