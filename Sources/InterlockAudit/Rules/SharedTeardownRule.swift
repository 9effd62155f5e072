import SwiftSyntax

/// A handler that closes what it did not open.
struct SharedTeardownRule {
    private static let endings: Set<String> = [
        "close", "shutdown", "shutDown", "invalidate", "invalidateAndCancel", "finishTasksAndInvalidate", "disconnect", "terminate",
        "syncShutdownGracefully", "shutdownGracefully", "tearDown", "teardown",
    ]
    /// Beginnings of the names of functions whose very purpose is to end things.
    private static let lifecycle = [
        "close", "shut", "stop", "connect", "open",
        "deinit", "cancel", "terminate", "tear", "disconnect", "reset", "drain", "end", "finish", "invalidate",
        "quit", "exit", "abort", "fail", "remove", "evict", "expire", "release", "run", "serve", "start", "restart", "reconnect", "replace",
        "dispose", "destroy", "kill", "clean", "discard", "handleClose", "on", "leave", "detach", "give", "retire", "with", "sweep",
    ]

    private let file: ParsedFile
    private let index: DeclarationIndex

    init(_ file: ParsedFile, _ index: DeclarationIndex) {
        self.file = file
        self.index = index
    }

    func hazards() -> [Hazard] {
        file.all(FunctionCallExprSyntax.self, .functionCallExpr).compactMap { call in
            guard Self.endings.contains(call.name), let receiver = call.receiver, let name = Self.root(of: receiver) else { return nil }
            if let handler = Handler(around: call) {
                return isOwn(name, of: handler.closure, above: call) ? nil : hazard(call, receiver, "a handler")
            }
            guard let function = call.ancestors.lazy.compactMap({ $0.as(FunctionDeclSyntax.self) }).first, let body = function.body,
                function.signature.effectSpecifiers?.asyncSpecifier != nil, !Self.isLifecycle(function.name.text),
                let property = sharedProperty(name, in: body, around: call), isUsedFirst(receiver, in: body, before: call),
                !isReplaced(property, in: body, after: call)
            else { return nil }
            return hazard(call, receiver, "\(function.name.text), which other calls may be in,")
        }
    }

    private func hazard(_ call: FunctionCallExprSyntax, _ receiver: ExprSyntax, _ place: String) -> Hazard {
        Hazard(at: call, .sharedTeardown, "\(receiver.excerpt), which outlives the call, is ended by \(call.name) in \(place)")
    }

    private static func isLifecycle(_ name: String) -> Bool {
        lifecycle.contains { name.hasPrefix($0) } || name.lowercased().contains("shutdown") || name.lowercased().contains("close")
    }

    /// The name that an expression of members begins with: `client` of `self.client.pool`; `nil` for anything else.
    private static func root(of expression: ExprSyntax) -> String? {
        if let reference = expression.as(DeclReferenceExprSyntax.self) { return reference.baseName.text }
        if let chained = expression.as(OptionalChainingExprSyntax.self) { return root(of: chained.expression) }
        guard let member = expression.as(MemberAccessExprSyntax.self), let base = member.base else { return nil }
        return ["self", "Self"].contains(base.text) ? member.declName.baseName.text : root(of: base)
    }

    /// Whether a name was given to the handler or bound in it, on the way to the call.
    private func isOwn(_ name: String, of closure: ClosureExprSyntax, above call: FunctionCallExprSyntax) -> Bool {
        if name.hasPrefix("$") || name == "self" { return true }
        let bound = closure.all(IdentifierPatternSyntax.self).contains { $0.identifier.text == name }
        let given = ([closure] + closure.all(ClosureExprSyntax.self)).contains { $0.parameterNames.contains(name) }
        return bound || given
    }

    /// The stored property of a type that several calls use at once, or the global, that a name in a function stands for.
    private func sharedProperty(_ name: String, in body: CodeBlockSyntax, around call: FunctionCallExprSyntax) -> String? {
        func isShared(_ name: String) -> Bool {
            if let type = index.type(around: call), let property = type.properties[name] { return property.isStatic || type.isShared }
            return index.global(name, in: file) != nil
        }
        let bindings = body.all(IdentifierPatternSyntax.self).filter { $0.identifier.text == name }
        if bindings.isEmpty { return isShared(name) ? name : nil }
        // `let shared = connection ?? Connection()`, `if let connection`: another name for what the property holds.
        let sources = bindings.map { binding -> String? in
            if let parent = binding.parent?.as(PatternBindingSyntax.self) { return parent.initializer.flatMap { Self.operand(of: $0.value) } }
            guard let parent = binding.parent?.as(OptionalBindingConditionSyntax.self) else { return nil }
            return parent.initializer.map { Self.operand(of: $0.value) } ?? name
        }
        guard let source = sources.first ?? nil, sources.allSatisfy({ $0 == source }), isShared(source) else { return nil }
        return source
    }

    /// The name of which an expression is the value, if it is not made anew.
    private static func operand(of expression: ExprSyntax) -> String? {
        guard let sequence = expression.as(SequenceExprSyntax.self) else { return root(of: expression) }
        let elements = Array(sequence.elements)
        return elements.count > 2 && elements[1].text == "??" ? root(of: elements[0]) : nil
    }

    /// Whether the function works with it, rather than being there to end it.
    private func isUsedFirst(_ receiver: ExprSyntax, in body: CodeBlockSyntax, before call: FunctionCallExprSyntax) -> Bool {
        body.all(FunctionCallExprSyntax.self).contains { other in
            guard other.id != call.id, !Self.endings.contains(other.name), let base = other.receiver else { return false }
            return base.text == receiver.text
        }
    }

    /// Whether another one takes its place afterwards.
    private func isReplaced(_ property: String, in body: CodeBlockSyntax, after call: FunctionCallExprSyntax) -> Bool {
        body.all(SequenceExprSyntax.self).contains { sequence in
            guard sequence.position > call.position, let assignment = Assignment(sequence) else { return false }
            return Self.root(of: assignment.target) == property && !assignment.isReset
        }
    }
}
