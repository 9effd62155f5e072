extension JSONValue {
    /// Whether two values are equal as JSON Schema has it: numbers by value (1 equals 1.0), objects in any order, strings scalar by scalar.
    ///
    /// `spend` is asked before each piece of work, in steps; once it says no the answer is false and means nothing.
    func equalsForSchema(_ other: JSONValue, spend: (Int) -> Bool) -> Bool {
        switch (self, other) {
        case (.null, .null): return spend(1)
        case (.bool(let left), .bool(let right)): return spend(1) && left == right
        case (.number(let left), .number(let right)):
            if let left = left.int, let right = right.int { return spend(1) && left == right }
            return spend(1 + (left.text.utf8.count + right.text.utf8.count) / 16) && left.isNumericallyEqual(to: right)
        case (.string(let left), .string(let right)):
            guard left.utf8.count == right.utf8.count else { return spend(1) && false }
            return spend(1 + left.utf8.count / 64) && StringBytes.same(left, right)
        case (.array(let left), .array(let right)):
            guard spend(1), left.count == right.count else { return false }
            for (first, second) in zip(left, right) where !first.equalsForSchema(second, spend: spend) { return false }
            return true
        case (.object(let left), .object(let right)):
            guard spend(1), left.count == right.count else { return false }
            for member in left {
                guard let counterpart = right[member.key], member.value.equalsForSchema(counterpart, spend: spend) else {
                    return false
                }
            }
            return true
        default: return spend(1) && false
        }
    }

    /// Feeds a hasher such that values that are equal for a schema hash alike. Numbers hash by their nearest `Double`.
    ///
    /// `spend` is as in ``equalsForSchema(_:spend:)``; once it says no the hash means nothing.
    func hashForSchema(into hasher: inout Hasher, spend: (Int) -> Bool) {
        guard spend(1) else { return }
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .number(let number):
            guard number.int != nil || spend(number.text.utf8.count / 16) else { return }
            let double = number.double
            hasher.combine(double == 0 ? 0 : double)
        case .string(let text):
            if spend(text.utf8.count / 64) { hasher.combine(text) }
        case .array(let elements):
            hasher.combine(elements.count)
            for element in elements { element.hashForSchema(into: &hasher, spend: spend) }
        case .object(let members):
            var sum = 0
            for member in members {
                var own = hasher
                own.combine(member.key)
                member.value.hashForSchema(into: &own, spend: spend)
                sum &+= own.finalize()
            }
            hasher.combine(members.count)
            hasher.combine(sum)
        }
    }
}
