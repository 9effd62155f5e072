import SwiftSyntax

/// Password hashing, and patterns that may backtrack, where all calls share the threads.
struct BlockingWorkRule {
    private let file: ParsedFile

    init(_ file: ParsedFile) {
        self.file = file
    }

    func hazards() -> [Hazard] {
        file.all(FunctionCallExprSyntax.self, .functionCallExpr).compactMap { call in
            guard let work = Self.work(of: call), let place = place(of: call) else { return nil }
            // An awaited call has left for somewhere else; what it does there is judged there.
            let isAwaited = call.ancestors.prefix { !$0.is(CodeBlockItemSyntax.self) }.contains { $0.is(AwaitExprSyntax.self) }
            return isAwaited ? nil : Hazard(at: call, .blockingWork, "\(work) in \(place), on a thread that all calls share")
        }
    }

    private static func work(of call: FunctionCallExprSyntax) -> String? {
        let callee = call.calledExpression.text.lowercased()
        if ["bcrypt", "scrypt", "argon2", "pbkdf2"].contains(where: callee.contains) { return "password hashing (\(call.calledExpression.excerpt))" }
        switch call.name {
        case "crypt", "crypt_r", "crypt_ra", "crypt_rn": return "password hashing (\(call.name))"
        case "Regex", "NSRegularExpression": return "a regular expression (\(call.name))"
        case "wholeMatch", "prefixMatch", "firstMatch": return "a regular expression (\(call.name))"
        case "matches", "contains", "ranges", "replacing", "split", "trimmingPrefix":
            let isPattern = call.arguments.contains { $0.expression.is(RegexLiteralExprSyntax.self) }
            return isPattern || (call.name == "matches" && call.argument("of") != nil) ? "a regular expression (\(call.name))" : nil
        default: return nil
        }
    }

    /// The handler or asynchronous function the call runs in, if it runs there at once.
    private func place(of call: FunctionCallExprSyntax) -> String? {
        for ancestor in call.ancestors {
            if let function = ancestor.as(FunctionDeclSyntax.self) {
                return function.signature.effectSpecifiers?.asyncSpecifier == nil ? nil : "the asynchronous function \(function.name.text)"
            }
            if let closure = ancestor.as(ClosureExprSyntax.self) {
                if let handler = Handler(closure) { return handler.policies.contains("onWorkers") ? nil : "a handler" }
                guard let name = closure.call?.name, Vocabulary.inPlace.contains(name) || name == "withLock" else { return nil }
            } else if ancestor.isFunctionLike {
                return nil
            }
        }
        return nil
    }
}
