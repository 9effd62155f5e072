import SwiftParser
import SwiftSyntax
import SwiftSyntaxMacros

/// One constraint attribute of a property, as keywords of its schema.
struct Constraint {
    var members: [JSONMember]
    /// The header field, if it is `@Header`.
    var header: String?
    var node: AttributeSyntax

    static let names: Set<String> = ["Range", "Length", "Pattern", "Items", "Format", "Header"]

    /// Reads an attribute and checks that it fits the property; what is wrong is reported at its place.
    init?(_ node: AttributeSyntax, on type: PropertyType, typeName: String, in context: some MacroExpansionContext) {
        self.node = node
        self.members = []
        let name = node.shortName
        guard let argument = node.firstArgument else {
            context.report(.constraintArgument(name, "an argument"), at: node)
            return nil
        }
        let (fits, wants) = Self.applicability(name, type)
        guard fits else {
            context.report(.constraintMismatch(name, wants, typeName), at: node)
            return nil
        }
        do throws(Problem) {
            switch name {
            case "Range": members = try Self.range(argument)
            case "Length": members = try Self.count(argument, name, "minLength", "maxLength")
            case "Items": members = try Self.count(argument, name, "minItems", "maxItems")
            case "Pattern": members = [JSONMember("pattern", JSONText.string(try Self.text(argument, name)))]
            case "Format": members = [JSONMember("format", JSONText.string(try Self.text(argument, name)))]
            default:
                let text = try Self.text(argument, name)
                guard Self.isToken(text) else { throw Problem(.headerToken(text)) }
                header = text
                members = [JSONMember("x-mcp-header", JSONText.string(text))]
            }
        } catch {
            context.report(error.diagnostic, at: argument)
            return nil
        }
    }

    private struct Problem: Error {
        var diagnostic: MacroDiagnostic
        init(_ diagnostic: MacroDiagnostic) { self.diagnostic = diagnostic }
    }

    private static func applicability(_ name: String, _ type: PropertyType) -> (Bool, String) {
        switch name {
        case "Range": (type.isNumeric, "numbers")
        case "Items": (type.isArray, "arrays")
        case "Header": (type.fitsHeader, "strings, whole numbers and Bool")
        default: (type.isString, "strings")
        }
    }

    private static func range(_ argument: ExprSyntax) throws(Problem) -> [JSONMember] {
        guard let bounds = LiteralBounds(argument) else { throw Problem(.constraintArgument("Range", "a range of literals, as in 1...100")) }
        guard !bounds.isEmpty else { throw Problem(.emptyRange("Range")) }
        var members: [JSONMember] = []
        if let lower = bounds.lower { members.append(JSONMember("minimum", lower.text)) }
        if let upper = bounds.upper { members.append(JSONMember(bounds.excludesUpper ? "exclusiveMaximum" : "maximum", upper.text)) }
        return members
    }

    private static func count(_ argument: ExprSyntax, _ name: String, _ minimum: String, _ maximum: String) throws(Problem) -> [JSONMember] {
        guard let bounds = LiteralBounds(argument), bounds.lower?.isInteger != false, bounds.upper?.isInteger != false else {
            throw Problem(.constraintArgument(name, "a range of whole numbers, as in 1...64"))
        }
        guard !bounds.isEmpty else { throw Problem(.emptyRange(name)) }
        guard (bounds.lower?.value ?? 0) >= 0, (bounds.upper?.value ?? 0) >= 0 else { throw Problem(.negativeCount(name)) }
        var members: [JSONMember] = []
        if let lower = bounds.lower { members.append(JSONMember(minimum, lower.text)) }
        if let upper = bounds.upper {
            members.append(JSONMember(maximum, String(Int(upper.value) - (bounds.excludesUpper ? 1 : 0))))
        }
        return members
    }

    private static func text(_ argument: ExprSyntax, _ name: String) throws(Problem) -> String {
        guard let text = argument.as(StringLiteralExprSyntax.self)?.representedLiteralValue else {
            throw Problem(.constraintArgument(name, "a string literal without interpolation"))
        }
        return text
    }

    /// A token of RFC 9110.
    private static func isToken(_ text: String) -> Bool {
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        return !text.isEmpty && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: marks.contains(byte)
            }
        }
    }
}
