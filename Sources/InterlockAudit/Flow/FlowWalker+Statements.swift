import SwiftSyntax

// The order in which statements run.
extension FlowWalker {
    mutating func walk(_ statements: CodeBlockItemListSyntax, _ state: inout FlowState) {
        let outer = state
        for item in statements {
            switch item.item {
            case .decl(let declaration): walk(declaration, &state)
            case .stmt(let statement): walk(statement, &state)
            case .expr(let expression): evaluate(expression, &state)
            }
        }
        state.leaveGuards(to: outer)
        state.leaveScope(of: Self.names(declaredIn: statements), to: outer)
    }

    private static func names(declaredIn statements: CodeBlockItemListSyntax) -> [String] {
        statements.flatMap { item -> [String] in
            if let variable = item.item.as(VariableDeclSyntax.self) { return variable.bindings.flatMap(\.pattern.boundNames) }
            if let function = item.item.as(FunctionDeclSyntax.self) { return [function.name.text] }
            return item.item.as(GuardStmtSyntax.self).map { names(boundBy: $0.conditions) } ?? []
        }
    }

    private static func names(boundBy conditions: ConditionElementListSyntax) -> [String] {
        conditions.flatMap { element -> [String] in
            switch element.condition {
            case .optionalBinding(let binding): binding.pattern.boundNames
            case .matchingPattern(let match): match.pattern.boundNames
            default: []
            }
        }
    }

    private mutating func walk(_ declaration: DeclSyntax, _ state: inout FlowState) {
        if let variable = declaration.as(VariableDeclSyntax.self) {
            for binding in variable.bindings {
                let readings = binding.initializer.map { evaluate($0.value, &state) } ?? []
                for name in binding.pattern.boundNames { state.locals[name] = readings }
            }
        } else if let function = declaration.as(FunctionDeclSyntax.self) {
            state.locals[function.name.text] = []
        } else if let conditional = declaration.as(IfConfigDeclSyntax.self) {
            for clause in conditional.clauses {
                if case .statements(let statements) = clause.elements { walk(statements, &state) }
            }
        }
    }

    private mutating func walk(_ statement: StmtSyntax, _ state: inout FlowState) {
        switch statement.as(StmtSyntaxEnum.self) {
        case .expressionStmt(let statement): evaluate(statement.expression, &state)
        case .returnStmt(let statement): if let value = statement.expression { evaluate(value, &state) }
        case .throwStmt(let statement): evaluate(statement.expression, &state)
        case .labeledStmt(let statement): walk(statement.statement, &state)
        case .guardStmt(let statement):
            let before = state
            let readings = evaluate(statement.conditions, &state)
            var other = state
            other.leaveScope(of: Self.names(boundBy: statement.conditions), to: before)
            walk(statement.body.statements, &other)
            state.guarding(by: readings)
        case .whileStmt(let statement):
            let outer = state
            state.guarding(by: evaluate(statement.conditions, &state))
            walk(statement.body.statements, &state)
            state.leaveGuards(to: outer)
            state.leaveScope(of: Self.names(boundBy: statement.conditions), to: outer)
            // What the condition reads has been read again by the time the loop is over.
            for reading in evaluate(statement.conditions, &state) { state.forget(reading.place) }
            state.leaveScope(of: Self.names(boundBy: statement.conditions), to: outer)
        case .repeatStmt(let statement):
            walk(statement.body.statements, &state)
            evaluate(statement.condition, &state)
        case .forStmt(let statement):
            evaluate(statement.sequence, &state)
            if let keyword = statement.awaitKeyword { state.suspend(at: keyword.positionAfterSkippingLeadingTrivia) }
            let outer = state
            for name in statement.pattern.boundNames { state.locals[name] = [] }
            walk(statement.body.statements, &state)
            state.leaveScope(of: statement.pattern.boundNames, to: outer)
        case .doStmt(let statement):
            var ends: [FlowState] = []
            walk(statement.body.statements, &state)
            if !statement.body.statements.alwaysLeaves || statement.catchClauses.isEmpty { ends.append(state) }
            for clause in statement.catchClauses {
                var handling = state
                handling.locals["error"] = []
                walk(clause.body.statements, &handling)
                handling.leaveScope(of: ["error"], to: state)
                if !clause.body.statements.alwaysLeaves { ends.append(handling) }
            }
            state = FlowState.merged(ends) ?? state
        // What is deferred runs at the end, where it usually undoes what was claimed.
        case .deferStmt: break
        default: for child in statement.children(viewMode: .sourceAccurate) { evaluate(child, &state) }
        }
    }

    mutating func walk(_ choice: IfExprSyntax, _ state: inout FlowState) {
        let before = state
        let names = Self.names(boundBy: choice.conditions)
        let readings = evaluate(choice.conditions, &state)
        var taken = state
        state.leaveScope(of: names, to: before)
        let outer = state
        var ends: [FlowState] = []
        taken.guarding(by: readings)
        walk(choice.body.statements, &taken)
        taken.leaveScope(of: names, to: before)
        if !choice.body.statements.alwaysLeaves { ends.append(taken) }
        var other = state
        other.guarding(by: readings)
        var otherLeaves = false
        switch choice.elseBody {
        case .codeBlock(let block):
            walk(block.statements, &other)
            otherLeaves = block.statements.alwaysLeaves
        case .ifExpr(let next): walk(next, &other)
        case nil: break
        }
        if !otherLeaves { ends.append(other) }
        let isDecided = ends.count == 1
        state = FlowState.merged(ends) ?? outer
        state.leaveGuards(to: outer)
        // Past `if it is there { return it }` the condition still rules.
        if isDecided {
            let forgotten = ends[0]
            state.guarding(by: readings.filter { forgotten.stillRelies(on: $0) })
        }
    }

    mutating func walk(_ choice: SwitchExprSyntax, _ state: inout FlowState) {
        let readings = evaluate(choice.subject, &state)
        let outer = state
        var ends: [FlowState] = []
        for element in choice.cases {
            guard case .switchCase(let branch) = element else { continue }
            var taken = outer
            taken.guarding(by: readings)
            if case .case(let label) = branch.label {
                for item in label.caseItems {
                    for name in item.pattern.boundNames { taken.locals[name] = readings }
                }
            }
            walk(branch.statements, &taken)
            if case .case(let label) = branch.label {
                taken.leaveScope(of: label.caseItems.flatMap(\.pattern.boundNames), to: outer)
            }
            if !branch.statements.alwaysLeaves { ends.append(taken) }
        }
        state = FlowState.merged(ends) ?? outer
        state.leaveGuards(to: outer)
    }

    /// Reads conditions in order and binds their names; what they were made of.
    private mutating func evaluate(_ conditions: ConditionElementListSyntax, _ state: inout FlowState) -> [Reading] {
        var readings: [Reading] = []
        for element in conditions {
            switch element.condition {
            case .expression(let expression):
                var made = evaluate(expression, &state)
                if Self.asksForAbsence(expression) { for place in made.indices { made[place].isAbsenceCheck = true } }
                readings += made
            case .optionalBinding(let binding):
                var made: [Reading]
                if let value = binding.initializer?.value {
                    made = evaluate(value, &state)
                } else {
                    made = binding.pattern.boundNames.flatMap { name in
                        evaluate(ExprSyntax(DeclReferenceExprSyntax(baseName: .identifier(name))), &state, at: binding.pattern)
                    }
                }
                for name in binding.pattern.boundNames { state.locals[name] = made }
                for place in made.indices { made[place].isAbsenceCheck = true }
                readings += made
            case .matchingPattern(let match):
                let made = evaluate(match.initializer.value, &state)
                for name in match.pattern.boundNames { state.locals[name] = made }
                readings += made
            case .availability: break
            }
        }
        return readings
    }

    private static func asksForAbsence(_ expression: ExprSyntax) -> Bool {
        let text = expression.text
        if text.hasSuffix("== nil") || text.hasSuffix("!= nil") || text.contains("isEmpty") { return true }
        return expression.all(FunctionCallExprSyntax.self).contains { Vocabulary.presence.contains($0.name) }
    }
}

extension FlowState {
    /// Whether nothing has been written over what a condition read.
    fileprivate func stillRelies(on reading: Reading) -> Bool {
        guards.contains(reading)
    }
}
