extension SchemaEvaluation {
    mutating func check(_ number: JSONNumber, _ rules: SchemaNode.NumberRules, _ node: SchemaNode) -> Bool {
        var valid = true
        func order(_ bound: JSONNumber) -> Int { JSONNumber.numericCompare(number, bound) }
        // Comparing exactly is linear in the digits.
        if number.int == nil, !spend(number.text.utf8.count / 16) { return false }
        if let bound = rules.minimum, order(bound) < 0 {
            fail("minimum", node, "expected at least \(bound), got \(JSONValue.number(number).excerpt)")
            valid = false
        }
        if let bound = rules.maximum, order(bound) > 0 {
            fail("maximum", node, "expected at most \(bound), got \(JSONValue.number(number).excerpt)")
            valid = false
        }
        if let bound = rules.exclusiveMinimum, order(bound) <= 0 {
            fail("exclusiveMinimum", node, "expected more than \(bound), got \(JSONValue.number(number).excerpt)")
            valid = false
        }
        if let bound = rules.exclusiveMaximum, order(bound) >= 0 {
            fail("exclusiveMaximum", node, "expected less than \(bound), got \(JSONValue.number(number).excerpt)")
            valid = false
        }
        if let divisor = rules.multipleOf, !number.isMultiple(of: divisor) {
            fail("multipleOf", node, "expected a multiple of \(divisor), got \(JSONValue.number(number).excerpt)")
            valid = false
        }
        return valid
    }

    mutating func check(_ text: String, _ rules: SchemaNode.StringRules, _ node: SchemaNode) -> Bool {
        guard spend(text.utf8.count / 64) else { return false }
        var valid = true
        // A scalar takes one to four bytes, so counting is often not needed.
        let bytes = text.utf8.count
        if let minimum = rules.minimumLength, bytes < minimum || bytes / 4 < minimum && text.unicodeScalars.count < minimum {
            fail(
                "minLength", node,
                "expected at least \(JSONValue.counted(minimum, "character")), got \(text.unicodeScalars.count): \(JSONValue.string(text).excerpt)"
            )
            valid = false
        }
        if let maximum = rules.maximumLength, bytes > maximum, text.unicodeScalars.count > maximum {
            fail(
                "maxLength", node, "expected at most \(JSONValue.counted(maximum, "character")), got \(text.unicodeScalars.count)"
            )
            valid = false
        }
        guard valid || goesOn else { return false }
        if let pattern = rules.pattern, !matches(pattern, text) {
            fail("pattern", node, "expected text that matches the pattern \(pattern), got \(JSONValue.string(text).excerpt)")
            valid = false
        }
        if rules.format == .regex, !spend(1_000) { return false }
        if let format = rules.format, !format.accepts(text) {
            fail(
                "format", node,
                "expected the format \"\(format.rawValue)\", such as \(format.example), got \(JSONValue.string(text).excerpt)")
            valid = false
        }
        return valid
    }

    /// Whether a pattern matches; its steps are an eighth of ours.
    mutating func matches(_ pattern: LinearPattern, _ text: String) -> Bool {
        guard spend(1) else { return false }
        let available = remainingSteps.multipliedReportingOverflow(by: 8)
        let budget = available.overflow ? Int.max : available.partialValue
        var rest = budget
        var text = text
        guard let matched = text.withUTF8({ pattern.matches(utf8: $0, budget: &rest) }) else {
            halt(.steps)
            return false
        }
        return spend((budget - rest) / 8) && matched
    }
}
