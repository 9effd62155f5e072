import SwiftSyntax

/// "Does the file exist? No? Then create it": right only if nobody else asks at the same time, in any process.
struct FileCreationRule {
    private let file: ParsedFile

    init(_ file: ParsedFile) {
        self.file = file
    }

    func hazards() -> [Hazard] {
        file.all(CodeBlockItemListSyntax.self, .codeBlockItemList).flatMap { hazards(in: $0) }
    }

    private func hazards(in list: CodeBlockItemListSyntax) -> [Hazard] {
        var hazards: [Hazard] = []
        // Names of local answers, `let exists = …fileExists(…)`.
        var answers: [String: Question] = [:]
        let items = Array(list)
        for (place, item) in items.enumerated() {
            if let variable = item.item.as(VariableDeclSyntax.self) {
                for binding in variable.bindings {
                    guard let value = binding.initializer?.value, let question = Question(value, [:]) else { continue }
                    for name in binding.pattern.boundNames { answers[name] = question }
                }
            }
            let rest = items[(place + 1)...].map { Syntax($0) }
            if let condition = item.item.as(GuardStmtSyntax.self) {
                guard let question = question(of: condition.conditions, answers), question.isNegated else { continue }
                hazards += creation(in: rest, after: question)
            }
            let expression = item.item.as(ExpressionStmtSyntax.self)?.expression ?? item.item.as(ExprSyntax.self)
            if let choice = expression?.as(IfExprSyntax.self), let question = question(of: choice.conditions, answers) {
                if question.isNegated {
                    hazards += creation(in: [Syntax(choice.body)], after: question)
                } else if let other = choice.elseBody {
                    hazards += creation(in: [Syntax(other)], after: question)
                } else if choice.body.statements.alwaysLeaves {
                    hazards += creation(in: rest, after: question)
                }
            }
        }
        return hazards
    }

    private struct Question {
        let position: AbsolutePosition
        /// Whether "yes" means that there is no file.
        let isNegated: Bool

        init?(_ expression: ExprSyntax, _ answers: [String: (position: AbsolutePosition, isNegated: Bool)]) {
            let isCall = { (call: FunctionCallExprSyntax) in ["fileExists", "checkResourceIsReachable"].contains(call.name) }
            let node: Syntax
            var isNegated = false
            if let call = expression.all(FunctionCallExprSyntax.self).first(where: isCall) {
                node = Syntax(call)
                position = call.positionAfterSkippingLeadingTrivia
            } else if let name = expression.all(DeclReferenceExprSyntax.self).first(where: { answers[$0.baseName.text] != nil }),
                let answer = answers[name.baseName.text]
            {
                node = Syntax(name)
                position = answer.position
                isNegated = answer.isNegated
            } else {
                return nil
            }
            for ancestor in [node] + Array(node.ancestors) {
                if ancestor.as(PrefixOperatorExprSyntax.self)?.operator.text == "!" { isNegated.toggle() }
                if let sequence = ancestor.as(SequenceExprSyntax.self), ["== false", "!= true"].contains(where: sequence.text.hasSuffix) {
                    isNegated.toggle()
                }
                if ancestor.id == expression.id { break }
            }
            self.isNegated = isNegated
        }
    }

    private func question(of conditions: ConditionElementListSyntax, _ answers: [String: Question]) -> Question? {
        let known = answers.mapValues { (position: $0.position, isNegated: $0.isNegated) }
        return conditions.lazy.compactMap { element in
            guard case .expression(let expression) = element.condition else { return nil }
            return Question(expression, known)
        }.first
    }

    private func creation(in nodes: [Syntax], after question: Question) -> [Hazard] {
        for node in nodes {
            let calls = node.all(FunctionCallExprSyntax.self, notBelow: { $0.is(FunctionDeclSyntax.self) })
            guard let call = calls.first(where: Self.creates) else { continue }
            return [
                Hazard(
                    at: call, .checkThenCreate,
                    "line \(file.line(at: question.position)) asks whether the file exists, and \(call.name) creates it here by the answer")
            ]
        }
        return []
    }

    /// Whether a call makes a file and does not itself notice that there is one.
    private static func creates(_ call: FunctionCallExprSyntax) -> Bool {
        let text = call.arguments.text
        switch call.name {
        case "createFile", "copyItem", "moveItem", "createSymbolicLink": return true
        case "createDirectory": return !text.contains("withIntermediateDirectories: true")
        case "write": return call.arguments.first.map { ["to", "toFile"].contains($0.label?.text) } == true && !text.contains("withoutOverwriting")
        case "open": return text.contains("O_CREAT") && !text.contains("O_EXCL")
        case "fopen": return text.contains("\"w") || text.contains("\"a")
        default: return false
        }
    }
}
