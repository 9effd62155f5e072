import SwiftSyntax

// State of another object, read by one awaited call and written by a later one: each is safe, the pair is not.
extension FlowWalker {
    /// The state that an awaited call or property tells of: `await store.load(id)`, `await seats.count`.
    func remotePlace(_ node: some ExprSyntaxProtocol, _ state: FlowState) -> Place? {
        if let call = node.as(FunctionCallExprSyntax.self) {
            guard let receiver = call.receiver, isOther(receiver), Vocabulary.matches(call.name, Vocabulary.readers + Vocabulary.checks)
            else { return nil }
            return Place(root: receiver.text, path: key(of: call).map { ["[\($0)]"] } ?? [])
        }
        if let member = node.as(MemberAccessExprSyntax.self), let base = member.base, isOther(base) {
            let name = member.declName.baseName.text
            return Vocabulary.matches(name, Vocabulary.readers + Vocabulary.checks) ? Place(root: base.text) : nil
        }
        return nil
    }

    /// The state that an awaited call replaces or adds to: `await store.save(id, x)`.
    func remoteWrite(_ call: FunctionCallExprSyntax, _ state: FlowState) -> Place? {
        guard let receiver = call.receiver, isOther(receiver), Vocabulary.matches(call.name, Vocabulary.writers + Vocabulary.acts)
        else { return nil }
        return Place(root: receiver.text)
    }

    mutating func checkRemote(_ call: FunctionCallExprSyntax, _ place: Place, _ values: [Reading], _ state: FlowState) {
        let keys = call.arguments.map { "[\($0.expression.text)]" }
        func isSame(_ reading: Reading) -> Bool {
            reading.place.root == place.root && (reading.place.path.first.map { keys.contains($0) } ?? true)
        }
        let isReplacing = Vocabulary.matches(call.name, Vocabulary.writers)
        let isActing = Vocabulary.matches(call.name, Vocabulary.acts)
        if isReplacing, let read = values.first(where: { isSame($0) && !$0.isReceiver }) {
            report(
                .staleState, at: call,
                "\(place.root) is read at line \(file.line(at: read.position)) and replaced here by a second call with a value made of what was read")
        } else if isActing, let check = state.guards.first(where: isSame) {
            let rule: AuditRule = check.isAbsenceCheck || call.name.hasPrefix("create") ? .checkThenCreate : .staleState
            report(
                rule, at: call,
                "\(place.root) is asked at line \(file.line(at: check.position)) and changed here by a second call that relies on the answer")
        }
    }

    private func isOther(_ receiver: ExprSyntax) -> Bool {
        receiver.text != "self" && receiver.all(FunctionCallExprSyntax.self).isEmpty
    }

    /// What a reading call asks for: its first argument.
    private func key(of call: FunctionCallExprSyntax) -> String? {
        call.arguments.first?.expression.text
    }
}
