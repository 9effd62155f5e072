import SwiftSyntax

/// State that is read before a suspension and written by it afterwards, function by function.
struct FlowRule {
    private let file: ParsedFile
    private let index: DeclarationIndex

    init(_ file: ParsedFile, _ index: DeclarationIndex) {
        self.file = file
        self.index = index
    }

    func hazards() -> [Hazard] {
        var hazards: [Hazard] = []
        for function in file.all(FunctionDeclSyntax.self, .functionDecl) {
            guard let body = function.body else { continue }
            let names = function.signature.parameterClause.parameters.map { ($0.secondName ?? $0.firstName).text }
            hazards += walk(body.statements, names, in: function)
        }
        for initializer in file.all(InitializerDeclSyntax.self, .initializerDecl) {
            guard let body = initializer.body else { continue }
            let names = initializer.signature.parameterClause.parameters.map { ($0.secondName ?? $0.firstName).text }
            hazards += walk(body.statements, names, in: initializer)
        }
        for block in file.all(AccessorBlockSyntax.self, .accessorBlock) {
            if case .getter(let statements) = block.accessors { hazards += walk(statements, [], in: block) }
        }
        for accessor in file.all(AccessorDeclSyntax.self, .accessorDecl) {
            guard let body = accessor.body else { continue }
            hazards += walk(body.statements, [], in: accessor)
        }
        // Closures outside functions: those that properties and globals are made with.
        for closure in file.all(ClosureExprSyntax.self, .closureExpr)
        where !closure.ancestors.contains(where: \.isFunctionLike) {
            hazards += walk(closure)
        }
        return hazards
    }

    private func walk(_ closure: ClosureExprSyntax) -> [Hazard] {
        if let handler = Handler(closure), handler.isExclusive { return [] }
        return walk(closure.statements, closure.parameterNames, in: closure)
    }

    private func walk(_ statements: CodeBlockItemListSyntax, _ names: [String], in node: some SyntaxProtocol) -> [Hazard] {
        var walker = FlowWalker(file, index, around: node)
        walker.walk(statements, parameters: names)
        return walker.hazards + walker.closures.flatMap { walk($0) }
    }
}
