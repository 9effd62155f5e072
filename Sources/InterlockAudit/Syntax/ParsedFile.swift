import SwiftParser
import SwiftSyntax

/// A file's tree, with what its comments say.
struct ParsedFile {
    let path: String
    let tree: SourceFileSyntax
    let allowances: Allowances
    let proofs: Proofs
    private let converter: SourceLocationConverter
    private let nodes: [SyntaxKind: [Syntax]]

    init(_ file: SourceAudit.File) {
        path = file.path
        tree = Parser.parse(source: file.text)
        converter = SourceLocationConverter(fileName: file.path, tree: tree)
        var nodes: [SyntaxKind: [Syntax]] = [:]
        func collect(_ node: Syntax) {
            nodes[node.kind, default: []].append(node)
            for child in node.children(viewMode: .sourceAccurate) { collect(child) }
        }
        collect(Syntax(tree))
        let tokens = nodes.removeValue(forKey: .token) ?? []
        self.nodes = nodes
        var comments: [(line: Int, text: String, position: AbsolutePosition, isAlone: Bool)] = []
        for token in tokens.compactMap({ $0.as(TokenSyntax.self) }) {
            comments += converter.comments(in: token.leadingTrivia, from: token.position).map { ($0.line, $0.text, $0.position, true) }
            comments += converter.comments(in: token.trailingTrivia, from: token.endPositionBeforeTrailingTrivia).map { ($0.line, $0.text, $0.position, false) }
        }
        proofs = Proofs(comments.map { ($0.line, $0.text, $0.isAlone) })
        allowances = Allowances(comments.map { ($0.line, $0.text, $0.position) })
    }

    /// All nodes of a kind, in order; `kind` is that of `type`.
    func all<Node: SyntaxProtocol>(_ type: Node.Type, _ kind: SyntaxKind) -> [Node] {
        nodes[kind, default: []].compactMap { $0.as(type) }
    }

    func line(of node: some SyntaxProtocol) -> Int {
        line(at: node.positionAfterSkippingLeadingTrivia)
    }

    func line(at position: AbsolutePosition) -> Int {
        converter.location(for: position).line
    }

    func finding(_ hazard: Hazard) -> Finding {
        let location = converter.location(for: hazard.position)
        return Finding(
            file: path, line: location.line, column: location.column, rule: hazard.rule, found: hazard.found,
            hazard: hazard.rule.hazard, remedy: hazard.rule.remedy)
    }
}

extension SourceLocationConverter {
    fileprivate func comments(
        in trivia: Trivia, from start: AbsolutePosition
    ) -> [(line: Int, text: String, position: AbsolutePosition)] {
        var position = start
        var comments: [(line: Int, text: String, position: AbsolutePosition)] = []
        for piece in trivia {
            if let text = piece.comment { comments.append((location(for: position).line, text, position)) }
            position += piece.sourceLength
        }
        return comments
    }
}

extension TriviaPiece {
    fileprivate var comment: String? {
        switch self {
        case .lineComment(let text), .blockComment(let text), .docLineComment(let text), .docBlockComment(let text): text
        default: nil
        }
    }
}
