import SwiftSyntax

// Which expressions stand for shared state.
extension FlowWalker {
    /// The place an expression stands for, if other calls may change it between two suspensions of this one.
    func place(of expression: ExprSyntax, _ state: FlowState) -> Place? {
        if let name = expression.as(DeclReferenceExprSyntax.self)?.baseName.text {
            if let alias = aliases[name] { return alias }
            return state.locals[name] == nil ? root(name, isMember: false) : nil
        }
        if let member = expression.as(MemberAccessExprSyntax.self) {
            guard let base = member.base else { return nil }
            let name = member.declName.baseName.text
            switch base.text {
            case "self": return root(name, isMember: true)
            case "Self": return type.flatMap { staticRoot(name, of: $0) }
            default: break
            }
            if let type = index.types[base.text], let place = staticRoot(name, of: type) { return place }
            return place(of: base, state)?.member(name)
        }
        if let access = expression.as(SubscriptCallExprSyntax.self) {
            guard var place = place(of: access.calledExpression, state) else { return nil }
            let key = access.arguments.filter { $0.label?.text != "default" }.map(\.expression.text).joined(separator: ", ")
            place.path.append("[\(key)]")
            return place
        }
        if let forced = expression.as(ForceUnwrapExprSyntax.self) { return place(of: forced.expression, state) }
        if let chained = expression.as(OptionalChainingExprSyntax.self) { return place(of: chained.expression, state) }
        if let tuple = expression.as(TupleExprSyntax.self), tuple.elements.count == 1, let only = tuple.elements.first {
            return place(of: only.expression, state)
        }
        return nil
    }

    /// The place that `lock.withLock { }` gives to its closure.
    func lockedPlace(of expression: ExprSyntax, _ state: FlowState) -> Place? {
        let name: String
        if let reference = expression.as(DeclReferenceExprSyntax.self) {
            name = reference.baseName.text
            guard state.locals[name] == nil else { return nil }
        } else if let member = expression.as(MemberAccessExprSyntax.self), member.base?.text == "self" {
            name = member.declName.baseName.text
        } else {
            return nil
        }
        guard let property = type?.properties[name] ?? index.global(name, in: file), property.isMutex else { return nil }
        return Place(root: name)
    }

    /// What a computed property or a method of this type reads, taken for its own.
    func readings(ofMember name: String, at node: some SyntaxProtocol, _ state: FlowState) -> [Reading] {
        guard let type, type.isIsolated, let names = type.reads[name] else { return [] }
        return names.sorted().compactMap { root($0, isMember: true) }.map {
            Reading(
                place: $0, suspensions: state.suspensions.count, position: node.positionAfterSkippingLeadingTrivia, isReceiver: true)
        }
    }

    /// What a method of this type writes.
    func places(writtenBy name: String) -> [Place] {
        guard let type, type.isIsolated, let names = type.writes[name] else { return [] }
        return names.sorted().compactMap { root($0, isMember: true) }
    }

    private func root(_ name: String, isMember: Bool) -> Place? {
        if let property = type?.properties[name] {
            guard property.isVariable, !property.isMutex, property.isStatic || type?.isIsolated == true else { return nil }
            return Place(root: name)
        }
        guard !isMember, let global = index.global(name, in: file), global.isVariable, !global.isMutex else { return nil }
        return Place(root: name)
    }

    private func staticRoot(_ name: String, of type: TypeFacts) -> Place? {
        guard let property = type.properties[name], property.isStatic, property.isVariable, !property.isMutex else { return nil }
        return Place(root: "\(type.name).\(name)")
    }
}
