@testable import InterlockMacros
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxBuilder
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

/// The macros as a user's module sees them.
private let macros: [String: MacroSpec] = [
    "ToolInput": MacroSpec(type: ToolInputMacro.self, conformances: ["ToolInput", "Decodable"]),
    "ToolOutput": MacroSpec(type: ToolOutputMacro.self, conformances: ["StructuredOutput"]),
    "SchemaEnum": MacroSpec(type: SchemaEnumMacro.self, conformances: ["SchemaRepresentable", "Codable"]),
    "Range": MacroSpec(type: ConstraintMacro.self), "Length": MacroSpec(type: ConstraintMacro.self),
    "Items": MacroSpec(type: ConstraintMacro.self), "Pattern": MacroSpec(type: ConstraintMacro.self),
    "Format": MacroSpec(type: ConstraintMacro.self), "Header": MacroSpec(type: ConstraintMacro.self),
]

/// Checks that source expands as written, at the caller's place.
func expectExpansion(
    _ source: String, _ expanded: String, diagnostics: [DiagnosticSpec] = [], sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    assertMacroExpansion(
        source, expandedSource: expanded, diagnostics: diagnostics, macroSpecs: macros, indentationWidth: .spaces(4),
        failureHandler: { failure in
            Issue.record("\(failure.message)", sourceLocation: sourceLocation)
        })
}

/// Checks what is said about source that cannot be expanded, and that nothing is generated.
func expectDiagnostics(
    _ source: String, _ diagnostics: [DiagnosticSpec], leaving rest: String, sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    expectExpansion(source, rest, diagnostics: diagnostics, sourceLocation: sourceLocation)
}
