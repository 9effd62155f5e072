import SwiftSyntax

/// A closure that a server runs for a client's call, and what is declared around it.
struct Handler {
    let closure: ClosureExprSyntax
    /// Policies declared on the tool: `onWorkers`, `exclusive`, …
    let policies: Set<String>
    /// Whether at most one call of it runs at a time for what it touches.
    var isExclusive: Bool { policies.contains("exclusive") || policies.contains("concurrency(1)") }

    /// The closure as a handler, if it is one: that of `Tool(…) { }` or of a server's method registration.
    init?(_ closure: ClosureExprSyntax) {
        guard let call = closure.call, Self.makers.contains(call.name) || call.name == "Tool" else { return nil }
        self.closure = closure
        var policies: Set<String> = []
        var expression = ExprSyntax(call)
        while let member = expression.parent?.as(MemberAccessExprSyntax.self), let outer = member.parent?.as(FunctionCallExprSyntax.self) {
            policies.formUnion(Self.words(of: outer))
            expression = ExprSyntax(outer)
        }
        // `let hash = Tool(…) { … }` … `hash.onWorkers()`: declared where the tool is handed over.
        if let binding = expression.ancestors.lazy.prefix(2).compactMap({ $0.as(PatternBindingSyntax.self) }).first,
            let name = binding.pattern.boundNames.first, let root = closure.root.as(SourceFileSyntax.self)
        {
            for use in root.all(FunctionCallExprSyntax.self) where use.receiver?.text == name { policies.formUnion(Self.words(of: use)) }
        }
        self.policies = policies
    }

    /// The handler whose code the node is part of, not counting closures that run at another time.
    init?(around node: some SyntaxProtocol) {
        for ancestor in node.ancestors {
            if ancestor.is(FunctionDeclSyntax.self) { return nil }
            if let closure = ancestor.as(ClosureExprSyntax.self), let handler = Handler(closure) {
                self = handler
                return
            }
        }
        return nil
    }

    private static let makers: Set<String> = ["withMethodHandler", "registerTool", "addTool", "setRequestHandler"]

    private static func words(of call: FunctionCallExprSyntax) -> Set<String> {
        call.name == "concurrency" && call.arguments.first?.expression.text == "1" ? ["concurrency", "concurrency(1)"] : [call.name]
    }
}
