import SwiftSyntax

/// The comments of a file that allow a hazard: `// interlock:allow RULE because REASON`, on its line or above it.
///
/// A comment above may go on over several lines; it counts for the first line of code below it.
struct Allowances {
    private struct Allowance {
        let rule: AuditRule
        let line: Int
        let reason: String
    }

    private var allowances: [Allowance] = []
    private var commentLines: Set<Int> = []
    /// Comments that allow nothing because they name no rule or no reason.
    private(set) var malformed: [Hazard] = []

    init(_ comments: [(line: Int, text: String, position: AbsolutePosition)]) {
        let marker = "interlock:allow"
        for (line, text, position) in comments {
            commentLines.insert(line)
            let words = text.drop { $0 == "/" || $0 == "*" }.split(whereSeparator: \.isWhitespace).map(String.init)
            // Only a comment that begins with the marker is one; others may talk about it.
            guard words.first == marker else { continue }
            let name = words.count > 1 ? words[1] : ""
            let reason = words.dropFirst(3).joined(separator: " ")
            guard let rule = AuditRule(rawValue: name), rule != .allowWithoutReason else {
                let known = AuditRule.allCases.filter { $0 != .allowWithoutReason }.map(\.rawValue).joined(separator: ", ")
                malformed.append(Hazard(position: position, .allowWithoutReason, "\"\(name)\" is no rule; the rules are \(known)"))
                continue
            }
            guard words.count > 3, words[2] == "because" else {
                malformed.append(Hazard(position: position, .allowWithoutReason, "\(rule.rawValue) is allowed without a reason"))
                continue
            }
            allowances.append(Allowance(rule: rule, line: line, reason: reason))
        }
    }

    /// Why a hazard at this line is allowed, or `nil` if it is not.
    func reason(for rule: AuditRule, line: Int) -> String? {
        allowances.first { allowance in
            guard allowance.rule == rule, allowance.line <= line else { return false }
            return allowance.line == line || (allowance.line..<line).allSatisfy { commentLines.contains($0) }
        }?.reason
    }
}
