import SwiftSyntax

// Calls: those that change what they are called on, those that run a closure, those of another object.
extension FlowWalker {
    mutating func evaluate(_ call: FunctionCallExprSyntax, _ state: inout FlowState) -> [Reading] {
        let name = call.name
        if let receiver = call.receiver {
            if let place = lockedPlace(of: receiver, state), name == "withLock" { return inline(call, place, &state) }
            if Vocabulary.locks.contains(name), openAwait != nil, !call.closures.isEmpty {
                // A lock that is held across suspensions keeps other calls out.
                if let position = openAwait { suspend(at: position, &state) }
                return []
            }
            if Vocabulary.mutations.contains(name), let place = place(of: receiver, state) {
                let values = arguments(of: call, &state)
                write(place, madeOf: values, at: call, isHarmless: Vocabulary.removals.contains(name), &state)
                return []
            }
        }

        var readings: [Reading] = []
        if let receiver = call.receiver {
            if receiver.text == "self" {
                readings += self.readings(ofMember: name, at: call, state)
            } else {
                let wait = openAwait
                openAwait = nil
                readings += evaluate(receiver, &state).map { reading in
                    var reading = reading
                    reading.isReceiver = reading.isReceiver || !Vocabulary.queries.contains(name)
                    return reading
                }
                openAwait = wait
            }
        } else if call.calledExpression.is(DeclReferenceExprSyntax.self) {
            if state.locals[name] == nil { readings += self.readings(ofMember: name, at: call, state) }
        } else {
            readings += evaluate(call.calledExpression, &state)
        }
        let values = arguments(of: call, &state)
        if call.receiver == nil || call.receiver?.text == "self" {
            for place in places(writtenBy: name) { write(place, madeOf: [], at: call, isHarmless: true, &state) }
        }
        if let wait = openAwait {
            if let remote = remoteWrite(call, state) { checkRemote(call, remote, values, state) }
            suspend(at: wait, &state)
            if let remote = remotePlace(call, state) {
                return [
                    Reading(place: remote, suspensions: state.suspensions.count, position: call.positionAfterSkippingLeadingTrivia)
                ]
            }
        }
        return readings + values
    }

    /// Reads arguments in order; closures run here and now where the callee is known for it.
    private mutating func arguments(of call: FunctionCallExprSyntax, _ state: inout FlowState) -> [Reading] {
        var readings: [Reading] = []
        for argument in call.arguments where !argument.expression.is(ClosureExprSyntax.self) {
            readings += evaluate(argument.expression, &state)
        }
        for closure in call.closures {
            if Vocabulary.inPlace.contains(call.name) {
                readings += inline(closure, aliases: [:], &state)
            } else {
                closures.append(closure)
            }
        }
        return readings
    }

    /// `lock.withLock { $0… }`: the closure reads and writes what the lock holds.
    private mutating func inline(_ call: FunctionCallExprSyntax, _ place: Place, _ state: inout FlowState) -> [Reading] {
        guard let closure = call.closures.first, let name = closure.parameterNames.first else { return [] }
        return inline(closure, aliases: [name: place], &state)
    }

    private mutating func inline(_ closure: ClosureExprSyntax, aliases new: [String: Place], _ state: inout FlowState) -> [Reading] {
        let (outerAliases, outerLocals, outerWait) = (aliases, state.locals, openAwait)
        openAwait = nil
        for name in closure.parameterNames {
            aliases[name] = new[name]
            if new[name] == nil { state.locals[name] = [] }
        }
        var readings: [Reading] = []
        if closure.statements.count == 1, case .expr(let only) = closure.statements.first?.item {
            readings = evaluate(only, &state)
        } else {
            walk(closure.statements, &state)
            // The value is made of whatever was read in it.
            readings = returned(closure).flatMap { evaluate($0, &state) }
        }
        aliases = outerAliases
        openAwait = outerWait
        for name in closure.parameterNames { state.locals[name] = outerLocals[name] }
        return readings
    }

    private func returned(_ closure: ClosureExprSyntax) -> [ExprSyntax] {
        closure.statements.all(ReturnStmtSyntax.self, notBelow: \.isFunctionLike).compactMap(\.expression)
            .filter { $0.all(SequenceExprSyntax.self).allSatisfy { Assignment($0) == nil } && $0.all(AwaitExprSyntax.self).isEmpty }
    }
}
