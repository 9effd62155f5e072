import SwiftSyntax

extension SyntaxProtocol {
    /// The source of the node on one line.
    var text: String {
        trimmedDescription.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The source of the node on one line, no longer than a reader needs.
    var excerpt: String {
        text.count <= 60 ? text : "\(text.prefix(57))…"
    }

    /// All nodes of a kind in this tree, in order; not below nodes that `isBarrier` holds for.
    func all<Node: SyntaxProtocol>(_ type: Node.Type, notBelow isBarrier: (Syntax) -> Bool = { _ in false }) -> [Node] {
        var found: [Node] = []
        func collect(_ node: Syntax, isRoot: Bool) {
            if let match = node.as(type) { found.append(match) }
            guard isRoot || !isBarrier(node) else { return }
            for child in node.children(viewMode: .sourceAccurate) { collect(child, isRoot: false) }
        }
        collect(Syntax(self), isRoot: true)
        return found
    }

    /// The nodes around this one, from the inside.
    var ancestors: some Sequence<Syntax> {
        sequence(first: parent, next: { $0?.parent }).lazy.compactMap(\.self)
    }
}

extension Syntax {
    /// Whether code in it runs at another time than the code around it.
    var isFunctionLike: Bool {
        self.is(FunctionDeclSyntax.self) || self.is(ClosureExprSyntax.self) || self.is(InitializerDeclSyntax.self)
            || self.is(DeinitializerDeclSyntax.self) || self.is(AccessorDeclSyntax.self) || self.is(AccessorBlockSyntax.self)
    }
}

extension FunctionCallExprSyntax {
    /// The last name of what is called: `append` of `self.items.append(x)`.
    var name: String {
        var callee = calledExpression
        if let generic = callee.as(GenericSpecializationExprSyntax.self) { callee = generic.expression }
        if let member = callee.as(MemberAccessExprSyntax.self) { return member.declName.baseName.text }
        return callee.as(DeclReferenceExprSyntax.self)?.baseName.text ?? ""
    }

    /// What the method is called on; `nil` for a function or an implicit base.
    var receiver: ExprSyntax? {
        calledExpression.as(MemberAccessExprSyntax.self)?.base
    }

    /// The closures it is given, in order.
    var closures: [ClosureExprSyntax] {
        arguments.compactMap { $0.expression.as(ClosureExprSyntax.self) }
            + (trailingClosure.map { [$0] } ?? []) + additionalTrailingClosures.map(\.closure)
    }

    func argument(_ label: String) -> ExprSyntax? {
        arguments.first { $0.label?.text == label }?.expression
    }
}

extension ClosureExprSyntax {
    /// The call this closure is an argument of.
    var call: FunctionCallExprSyntax? {
        if let call = parent?.as(FunctionCallExprSyntax.self), call.calledExpression.id != ExprSyntax(self).id { return call }
        if let element = parent?.as(MultipleTrailingClosureElementSyntax.self) {
            return element.parent?.parent?.as(FunctionCallExprSyntax.self)
        }
        guard let argument = parent?.as(LabeledExprSyntax.self) else { return nil }
        return argument.parent?.parent?.as(FunctionCallExprSyntax.self)
    }

    /// The names of its parameters; `$0` if it has none written.
    var parameterNames: [String] {
        switch signature?.parameterClause {
        case .simpleInput(let list): list.map(\.name.text)
        case .parameterClause(let clause): clause.parameters.map { ($0.secondName ?? $0.firstName).text }
        case nil: ["$0"]
        }
    }
}

extension PatternSyntaxProtocol {
    /// The names it binds.
    var boundNames: [String] {
        all(IdentifierPatternSyntax.self).map(\.identifier.text)
    }
}

extension CodeBlockItemListSyntax {
    /// Whether control never comes out at its end.
    var alwaysLeaves: Bool {
        contains { item in
            switch item.item {
            case .stmt(let statement):
                if statement.is(ReturnStmtSyntax.self) || statement.is(ThrowStmtSyntax.self) || statement.is(BreakStmtSyntax.self)
                    || statement.is(ContinueStmtSyntax.self)
                {
                    return true
                }
                return statement.as(ExpressionStmtSyntax.self)?.expression.alwaysLeaves ?? false
            case .expr(let expression): return expression.alwaysLeaves
            case .decl: return false
            }
        }
    }
}

extension ExprSyntax {
    fileprivate var alwaysLeaves: Bool {
        if let call = self.as(FunctionCallExprSyntax.self) { return ["fatalError", "preconditionFailure", "exit"].contains(call.name) }
        if let choice = self.as(IfExprSyntax.self) {
            guard choice.body.statements.alwaysLeaves else { return false }
            switch choice.elseBody {
            case .codeBlock(let block): return block.statements.alwaysLeaves
            case .ifExpr(let next): return ExprSyntax(next).alwaysLeaves
            case nil: return false
            }
        }
        return false
    }
}
