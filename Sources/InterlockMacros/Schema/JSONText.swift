import SwiftParser
import SwiftSyntax

/// JSON text, as it goes into the schema's literal.
enum JSONText {
    static func string(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\n": json += "\\n"
            case "\r": json += "\\r"
            case "\t": json += "\\t"
            case "\u{0}"..<" ", "\u{7F}":
                let code = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }

    static func array(_ elements: [String]) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    static func object(_ members: [JSONMember]) -> String {
        "{" + members.map(\.text).joined(separator: ",") + "}"
    }
}

/// A member of an object: a name and JSON text.
struct JSONMember {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    var text: String { JSONText.string(name) + ":" + value }
}

extension JSONText {
    /// The JSON of a literal; nil for anything that is only known at run time.
    ///
    /// - Parameter cases: what `.name` stands for, where the type is an enumeration the macro has seen.
    static func literal(_ expression: ExprSyntax, cases: StringCases? = nil) -> String? {
        if let literal = expression.as(StringLiteralExprSyntax.self) { return literal.representedLiteralValue.map(string) }
        if let literal = expression.as(BooleanLiteralExprSyntax.self) { return literal.literal.text }
        if let literal = NumberLiteral(expression) { return literal.text }
        if let literal = expression.as(ArrayExprSyntax.self) {
            let elements = literal.elements.map { Self.literal($0.expression, cases: cases) }
            let known = elements.compactMap { $0 }
            return known.count == elements.count ? array(known) : nil
        }
        if let literal = expression.as(DictionaryExprSyntax.self) { return object(literal, cases) }
        if let member = expression.as(MemberAccessExprSyntax.self), let cases { return cases[member.declName.baseName.plainText].map(string) }
        return nil
    }

    private static func object(_ literal: DictionaryExprSyntax, _ cases: StringCases?) -> String? {
        guard case .elements(let elements) = literal.content else { return "{}" }
        var members: [JSONMember] = []
        for element in elements {
            guard let key = element.key.as(StringLiteralExprSyntax.self)?.representedLiteralValue,
                let value = Self.literal(element.value, cases: cases)
            else { return nil }
            members.append(JSONMember(key, value))
        }
        return object(members)
    }
}
