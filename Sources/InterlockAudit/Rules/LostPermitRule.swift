import SwiftSyntax

/// A permit or lock that an error or a cancellation keeps from being given back.
struct LostPermitRule {
    private static let pairs: [(take: String, give: [String])] = [
        ("acquire", ["release"]), ("lock", ["unlock"]), ("wait", ["signal"]), ("obtain", ["release"]), ("take", ["giveBack", "putBack", "put"]),
        ("borrow", ["giveBack", "putBack"]), ("checkOut", ["checkIn"]), ("checkout", ["checkin"]), ("enter", ["leave"]),
        ("reserve", ["release"]),
    ]

    private let file: ParsedFile

    init(_ file: ParsedFile) {
        self.file = file
    }

    func hazards() -> [Hazard] {
        file.all(CodeBlockItemListSyntax.self, .codeBlockItemList).flatMap { unreleased(in: $0) }
            + file.all(FunctionDeclSyntax.self, .functionDecl).flatMap { dropped(in: $0) }
    }

    /// `acquire`, something that may leave, `release`, in one block and without `defer`.
    private func unreleased(in list: CodeBlockItemListSyntax) -> [Hazard] {
        let items = Array(list)
        var hazards: [Hazard] = []
        for (place, item) in items.enumerated() {
            guard let (call, gives) = Self.taking(item), !Self.isBookkeeping(call) else { continue }
            // An answer that is asked about may be a refusal: then there is nothing to give back.
            let answers = item.item.as(VariableDeclSyntax.self)?.bindings.flatMap(\.pattern.boundNames) ?? []
            let rest = items[(place + 1)...]
            let isGiving = { (node: Syntax) in
                node.all(FunctionCallExprSyntax.self).contains { gives.contains($0.name) && $0.receiver?.text == call.receiver?.text }
            }
            let isDeferred = rest.contains { $0.item.as(DeferStmtSyntax.self).map { isGiving(Syntax($0)) } ?? false }
            guard !isDeferred, let end = rest.firstIndex(where: { isGiving(Syntax($0)) }) else { continue }
            // Given back where an error is caught: the author has thought of it.
            let isCaught = rest.contains { $0.all(CatchClauseSyntax.self).contains { isGiving(Syntax($0)) } }
            guard !isCaught, let way = rest[..<end].lazy.compactMap({ Self.wayOut($0, unlessAsking: answers) }).first else { continue }
            let taken = call.calledExpression.excerpt
            hazards.append(
                Hazard(
                    at: call, .lostPermit,
                    "\(taken) is taken here and given back at line \(file.line(of: items[end])), but line \(file.line(of: way)) "
                        + "may leave before that"))
        }
        return hazards
    }

    private static func taking(_ item: CodeBlockItemSyntax) -> (FunctionCallExprSyntax, Set<String>)? {
        var node = Syntax(item.item)
        if let variable = node.as(VariableDeclSyntax.self), let value = variable.bindings.first?.initializer?.value { node = Syntax(value) }
        if let statement = node.as(ExpressionStmtSyntax.self) { node = Syntax(statement.expression) }
        while true {
            if let inner = node.as(TryExprSyntax.self) {
                guard inner.questionOrExclamationMark == nil else { return nil }
                node = Syntax(inner.expression)
            } else if let inner = node.as(AwaitExprSyntax.self) {
                node = Syntax(inner.expression)
            } else {
                break
            }
        }
        guard let call = node.as(FunctionCallExprSyntax.self), call.receiver != nil, call.closures.isEmpty else { return nil }
        for pair in pairs where call.name.hasPrefix(pair.take) {
            // `acquirePermit` goes with `releasePermit`.
            let suffix = call.name.dropFirst(pair.take.count)
            return (call, Set(pair.give.map { $0 + suffix } + pair.give))
        }
        return nil
    }

    /// Whether a call is made on what a lock gives to its closure: a step of a state machine, which nothing interrupts.
    private static func isBookkeeping(_ call: FunctionCallExprSyntax) -> Bool {
        guard let closure = call.ancestors.lazy.compactMap({ $0.as(ClosureExprSyntax.self) }).first, closure.call?.name == "withLock",
            let receiver = call.receiver
        else { return false }
        return closure.parameterNames.contains(receiver.text)
    }

    /// Where control may leave the function at a statement.
    private static func wayOut(_ item: CodeBlockItemSyntax, unlessAsking names: [String]) -> Syntax? {
        let conditions = item.all(ConditionElementListSyntax.self).first
        if conditions?.all(DeclReferenceExprSyntax.self).contains(where: { names.contains($0.baseName.text) }) == true { return nil }
        let isBarrier = { (node: Syntax) in node.is(FunctionDeclSyntax.self) || node.is(ClosureExprSyntax.self) }
        let isCaught = { (node: Syntax) in
            node.ancestors.prefix { $0.id != item.id }.contains { ancestor in
                ancestor.as(DoStmtSyntax.self).map { $0.catchClauses.contains { $0.catchItems.isEmpty } } ?? false
            }
        }
        let throwing = item.all(TryExprSyntax.self, notBelow: isBarrier)
            .filter { $0.questionOrExclamationMark == nil && !isCaught(Syntax($0)) }
        if let first = throwing.first { return Syntax(first) }
        if let leaving = item.all(ThrowStmtSyntax.self, notBelow: isBarrier).first(where: { !isCaught(Syntax($0)) }) { return Syntax(leaving) }
        return item.all(ReturnStmtSyntax.self, notBelow: isBarrier).first.map { Syntax($0) }
    }

    /// A permit handed to a waiter that then finds itself cancelled and throws.
    private func dropped(in function: FunctionDeclSyntax) -> [Hazard] {
        guard let body = function.body, Self.pairs.contains(where: { function.name.text.hasPrefix($0.take) }) else { return [] }
        let gives = Set(Self.pairs.flatMap(\.give))
        for list in body.all(CodeBlockItemListSyntax.self, notBelow: \.isFunctionLike) {
            let items = Array(list)
            guard let wait = items.firstIndex(where: Self.waits) else { continue }
            for item in items[(wait + 1)...] {
                let calls = item.all(FunctionCallExprSyntax.self)
                if calls.contains(where: { gives.contains($0.name) }) { break }
                guard let check = calls.first(where: { $0.name == "checkCancellation" }) else { continue }
                return [
                    Hazard(
                        at: check, .lostPermit,
                        "the waiter has been handed what it waited for at line \(file.line(of: items[wait])); throwing here keeps it for ever")
                ]
            }
        }
        return []
    }

    private static func waits(_ item: CodeBlockItemSyntax) -> Bool {
        item.all(FunctionCallExprSyntax.self, notBelow: { $0.is(CodeBlockItemListSyntax.self) })
            .contains { ["withCheckedContinuation", "withUnsafeContinuation"].contains($0.name) }
    }
}
