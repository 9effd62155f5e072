import SwiftParser
import SwiftSyntax

/// The cases of an enumeration with string raw values, as they are written.
struct StringCases: Equatable {
    /// Case names and raw values, in order.
    private(set) var cases: [(name: String, value: String)] = []

    var values: [String] { cases.map(\.value) }

    subscript(_ name: String) -> String? { cases.first { $0.name == name }?.value }

    /// Nil unless the enumeration inherits from `String` and every raw value is a plain literal.
    init?(_ declaration: EnumDeclSyntax) {
        guard declaration.inheritanceClause?.inheritedTypes.contains(where: { $0.type.trimmedDescription == "String" }) == true else { return nil }
        for member in declaration.memberBlock.members {
            guard let caseDeclaration = member.decl.as(EnumCaseDeclSyntax.self) else { continue }
            for element in caseDeclaration.elements {
                guard let rawValue = element.rawValue else {
                    cases.append((element.name.plainText, element.name.plainText))
                    continue
                }
                guard let text = rawValue.value.as(StringLiteralExprSyntax.self)?.representedLiteralValue else { return nil }
                cases.append((element.name.plainText, text))
            }
        }
    }

    static func == (left: StringCases, right: StringCases) -> Bool {
        left.cases.elementsEqual(right.cases) { $0 == $1 }
    }
}
