import SwiftSyntax

/// A finding as a rule makes it: where in the tree, which rule, what was seen.
struct Hazard: Hashable {
    let position: AbsolutePosition
    let rule: AuditRule
    let found: String

    init(at node: some SyntaxProtocol, _ rule: AuditRule, _ found: String) {
        self.init(position: node.positionAfterSkippingLeadingTrivia, rule, found)
    }

    init(position: AbsolutePosition, _ rule: AuditRule, _ found: String) {
        self.position = position
        self.rule = rule
        self.found = found
    }
}
