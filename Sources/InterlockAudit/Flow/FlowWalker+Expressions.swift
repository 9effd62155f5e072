import SwiftSyntax

// The order in which the parts of an expression run, and what its value is made of.
extension FlowWalker {
    @discardableResult
    mutating func evaluate(_ expression: ExprSyntax, _ state: inout FlowState, at position: (any SyntaxProtocol)? = nil) -> [Reading] {
        switch expression.as(ExprSyntaxEnum.self) {
        case .ifExpr(let choice):
            walk(choice, &state)
            return []
        case .switchExpr(let choice):
            walk(choice, &state)
            return []
        case .sequenceExpr(let sequence): return evaluate(sequence, &state)
        case .awaitExpr(let wait): return evaluate(wait, &state)
        case .functionCallExpr(let call): return evaluate(call, &state)
        case .closureExpr(let closure):
            closures.append(closure)
            return []
        case .inOutExpr(let passed):
            guard let place = place(of: passed.expression, state) else { return evaluate(passed.expression, &state) }
            // Whoever takes it may look again first.
            write(place, madeOf: [], at: passed, isHarmless: true, &state)
            return []
        case .declReferenceExpr, .memberAccessExpr, .subscriptCallExpr:
            return read(expression, &state, at: position ?? expression)
        default:
            return expression.children(viewMode: .sourceAccurate).flatMap { evaluate($0, &state) }
        }
    }

    @discardableResult
    mutating func evaluate(_ node: Syntax, _ state: inout FlowState) -> [Reading] {
        if let expression = node.as(ExprSyntax.self) { return evaluate(expression, &state) }
        if node.is(TypeSyntax.self) || node.is(PatternSyntax.self) { return [] }
        return node.children(viewMode: .sourceAccurate).flatMap { evaluate($0, &state) }
    }

    private mutating func read(_ expression: ExprSyntax, _ state: inout FlowState, at node: any SyntaxProtocol) -> [Reading] {
        var readings: [Reading] = []
        if let access = expression.as(SubscriptCallExprSyntax.self) {
            for argument in access.arguments { evaluate(argument.expression, &state) }
        }
        if let place = place(of: expression, state) {
            readings.append(
                Reading(place: place, suspensions: state.suspensions.count, position: node.positionAfterSkippingLeadingTrivia))
        } else if let name = expression.as(DeclReferenceExprSyntax.self)?.baseName.text {
            readings += state.locals[name] ?? self.readings(ofMember: name, at: node, state)
        } else if let member = expression.as(MemberAccessExprSyntax.self), let base = member.base {
            readings +=
                base.text == "self"
                ? self.readings(ofMember: member.declName.baseName.text, at: node, state) : evaluate(base, &state)
            if let wait = openAwait, let remote = remotePlace(member, state) {
                suspend(at: wait, &state)
                readings.append(Reading(place: remote, suspensions: state.suspensions.count, position: node.positionAfterSkippingLeadingTrivia))
            }
        } else if let access = expression.as(SubscriptCallExprSyntax.self) {
            readings += evaluate(access.calledExpression, &state)
        }
        return readings
    }

    private mutating func evaluate(_ sequence: SequenceExprSyntax, _ state: inout FlowState) -> [Reading] {
        guard let assignment = Assignment(sequence) else {
            var readings: [Reading] = []
            let elements = Array(sequence.elements)
            for (place, element) in elements.enumerated() {
                var made = evaluate(element, &state)
                let isDefaulted = place + 1 < elements.count && elements[place + 1].text == "??"
                if isDefaulted { for place in made.indices { made[place].isAbsenceCheck = true } }
                readings += made
            }
            return readings
        }
        if let access = assignment.target.as(SubscriptCallExprSyntax.self) {
            for argument in access.arguments { evaluate(argument.expression, &state) }
        }
        let values = assignment.values.flatMap { evaluate($0, &state) }
        if let place = place(of: assignment.target, state) {
            // `a?.b = c` writes only where there still is an `a`.
            let asksAgain = !assignment.target.all(OptionalChainingExprSyntax.self).isEmpty
            write(place, madeOf: values, at: assignment.target, isHarmless: assignment.isReset || asksAgain, &state)
        } else if let name = assignment.target.as(DeclReferenceExprSyntax.self)?.baseName.text {
            state.locals[name] = assignment.isCompound ? (state.locals[name] ?? []) + values : values
        } else {
            evaluate(assignment.target, &state)
        }
        return []
    }

    private mutating func evaluate(_ wait: AwaitExprSyntax, _ state: inout FlowState) -> [Reading] {
        let outer = openAwait
        openAwait = wait.positionAfterSkippingLeadingTrivia
        let readings = evaluate(wait.expression, &state)
        if let position = openAwait { suspend(at: position, &state) }
        openAwait = outer
        return readings
    }

    /// The suspension of the `await` around, which is told to the first call that ends within it: later reads are then
    /// taken for fresh.
    mutating func suspend(at position: AbsolutePosition, _ state: inout FlowState) {
        state.suspend(at: position)
        openAwait = nil
    }
}
