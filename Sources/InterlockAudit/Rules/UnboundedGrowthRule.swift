import SwiftSyntax

/// Stored collections that are only added to, and streams that buffer without a bound.
struct UnboundedGrowthRule {
    private let file: ParsedFile
    private let index: DeclarationIndex

    init(_ file: ParsedFile, _ index: DeclarationIndex) {
        self.file = file
        self.index = index
    }

    func hazards() -> [Hazard] {
        collections() + streams()
    }

    // MARK: Streams

    private func streams() -> [Hazard] {
        file.all(FunctionCallExprSyntax.self, .functionCallExpr).compactMap { call in
            let callee = call.calledExpression.text
            let base = callee.prefix { $0 != "<" && $0 != "." }
            guard base == "AsyncStream" || base == "AsyncThrowingStream", callee.hasSuffix("makeStream") || !callee.contains("."),
                call.argument("unfolding") == nil
            else { return nil }
            let policy = (call.argument("bufferingPolicy") ?? positionalPolicy(call))?.text
            guard policy == nil || policy?.hasSuffix(".unbounded") == true else { return nil }
            // `AsyncStream { await next() }` pulls: nothing is buffered.
            if policy == nil, call.closures.contains(where: { !$0.all(AwaitExprSyntax.self, notBelow: \.isFunctionLike).isEmpty }) { return nil }
            return Hazard(at: call, .unboundedGrowth, "\(base) buffers without a bound; name a `bufferingPolicy`")
        }
    }

    /// `AsyncStream(Int.self, .bufferingNewest(8)) { }` takes the policy without a label in old spellings.
    private func positionalPolicy(_ call: FunctionCallExprSyntax) -> ExprSyntax? {
        call.arguments.first { $0.expression.text.hasPrefix(".buffering") }?.expression
    }

    // MARK: Collections

    private func collections() -> [Hazard] {
        var hazards: [Hazard] = []
        for type in index.typesOfFile[file.path, default: []].compactMap({ index.types[$0] }) {
            for property in type.properties.values where property.collection != nil && property.node.root.id == file.tree.root.id {
                guard type.isShared && !property.isStatic || property.isStatic, property.isVariable || property.isMutex else { continue }
                hazards += hazard(property, "\(type.name).\(property.name)", in: type.members.map { Syntax($0) })
            }
        }
        for item in file.tree.statements {
            guard let variable = item.item.as(VariableDeclSyntax.self) else { continue }
            for property in StoredProperty.all(of: variable) where property.isVariable || property.isMutex {
                hazards += hazard(property, property.name, in: [Syntax(file.tree)])
            }
        }
        return hazards
    }

    private func hazard(_ property: StoredProperty, _ name: String, in scopes: [Syntax]) -> [Hazard] {
        guard property.collection != nil else { return [] }
        var growth: Syntax?
        for scope in scopes {
            for use in uses(of: property, in: scope) {
                switch Self.effect(of: use) {
                case .none: continue
                case .bounds: return []
                case .grows:
                    guard !Self.isSetUp(use) else { continue }
                    growth = growth ?? Syntax(use)
                }
            }
        }
        guard let growth, let position = position(of: growth) else { return [] }
        return [
            Hazard(
                position: property.node.positionAfterSkippingLeadingTrivia, .unboundedGrowth,
                "\(name) is added to (\(position)) and nothing is ever taken out of it")
        ]
    }

    private func position(of node: Syntax) -> String? {
        node.root.id == file.tree.root.id ? "line \(file.line(of: node))" : "in another file"
    }

    /// Expressions that stand for the collection: its name, or what a lock gives to its closure.
    private func uses(of property: StoredProperty, in scope: Syntax) -> [ExprSyntax] {
        let names = scope.all(DeclReferenceExprSyntax.self).filter { $0.baseName.text == property.name }
        let places = names.map { reference -> ExprSyntax in
            if let member = reference.parent?.as(MemberAccessExprSyntax.self), member.declName.id == reference.id { return ExprSyntax(member) }
            return ExprSyntax(reference)
        }
        guard property.isMutex else { return places }
        return places.flatMap { place -> [ExprSyntax] in
            guard let call = place.parent?.parent?.as(FunctionCallExprSyntax.self), call.name == "withLock",
                let closure = call.closures.first, let name = closure.parameterNames.first
            else { return [] }
            return closure.all(DeclReferenceExprSyntax.self).filter { $0.baseName.text == name }.map { ExprSyntax($0) }
        }
    }

    private enum Effect {
        case none, grows, bounds
    }

    private static func effect(of use: ExprSyntax) -> Effect {
        var node = Syntax(use)
        var isElement = false
        // `items[key, default: []].append(x)`: the element grows, the collection too if the key is new.
        while let parent = node.parent {
            if let access = parent.as(SubscriptCallExprSyntax.self), Syntax(access.calledExpression).id == node.id {
                isElement = true
                node = parent
            } else if parent.is(ForceUnwrapExprSyntax.self) || parent.is(OptionalChainingExprSyntax.self) {
                node = parent
            } else {
                break
            }
        }
        guard let parent = node.parent else { return .none }
        if parent.is(InOutExprSyntax.self) { return .bounds }
        if let list = parent.as(ExprListSyntax.self), let sequence = list.parent?.as(SequenceExprSyntax.self),
            let assignment = Assignment(sequence), Syntax(assignment.target).id == node.id
        {
            if isElement { return assignment.isReset ? .bounds : .grows }
            if assignment.isCompound { return .grows }
            return use.ancestors.contains { $0.is(InitializerDeclSyntax.self) } ? .none : .bounds
        }
        guard let member = parent.as(MemberAccessExprSyntax.self) else { return .none }
        let name = member.declName.baseName.text
        guard member.parent?.is(FunctionCallExprSyntax.self) == true else { return name == "count" && isCompared(member) ? .bounds : .none }
        if isElement { return Vocabulary.growing.contains(name) ? .grows : .none }
        if Vocabulary.growing.contains(name) { return .grows }
        return Vocabulary.mutations.contains(name) ? .bounds : .none
    }

    private static let comparisons: Set<String> = ["<", "<=", ">", ">=", "==", "!="]

    /// Whether a size is held against something, or kept to be: one that is only told, by a property or a metric, bounds nothing.
    private static func isCompared(_ size: MemberAccessExprSyntax) -> Bool {
        for ancestor in size.ancestors {
            if let operation = ancestor.as(SequenceExprSyntax.self),
                operation.elements.contains(where: { Self.comparisons.contains($0.as(BinaryOperatorExprSyntax.self)?.operator.text ?? "") })
            {
                return true
            }
            if ancestor.is(InitializerClauseSyntax.self) { return true }
            if ancestor.is(CodeBlockItemSyntax.self) || ancestor.is(AccessorBlockSyntax.self) { return false }
        }
        return false
    }

    /// Whether a use is part of putting the object together, which ends.
    private static func isSetUp(_ use: ExprSyntax) -> Bool {
        for ancestor in use.ancestors {
            if ancestor.is(InitializerDeclSyntax.self) { return true }
            if let function = ancestor.as(FunctionDeclSyntax.self) {
                return ["register", "configure", "mount", "install", "addHandler"].contains { function.name.text.hasPrefix($0) }
            }
        }
        return false
    }
}
