import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxMacros

/// What a macro finds wrong with the code it is attached to: what, and what to write instead.
struct MacroDiagnostic: DiagnosticMessage {
    let id: String
    let message: String
    let severity: DiagnosticSeverity

    var diagnosticID: MessageID { MessageID(domain: "InterlockMacros", id: id) }

    private init(_ id: String, _ message: String, severity: DiagnosticSeverity = .error) {
        self.id = id
        self.message = message
        self.severity = severity
    }

    // MARK: Targets

    static func wrongTarget(_ macro: String, needs: String, _ found: String) -> MacroDiagnostic {
        MacroDiagnostic("wrongTarget", "\(macro) needs \(needs), this is a declaration of '\(found)'")
    }

    static func generic(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("generic", "'\(name)' is generic and so has no schema of its own; write a struct for each use")
    }

    static func needsStringRawValues(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("needsStringRawValues", "'\(name)' needs raw values of type String: 'enum \(name): String'")
    }

    static func noCases(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("noCases", "'\(name)' has no cases, so no value would fit its schema")
    }

    // MARK: Properties

    static let conditionalProperty = MacroDiagnostic(
        "conditionalProperty", "a property under #if cannot be part of the schema: the macro does not know which conditions hold; declare it outside")

    static let tuplePattern = MacroDiagnostic("tuplePattern", "declare each property by itself: a schema has no tuples")

    static func missingType(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("missingType", "the type of '\(name)' cannot be told from its value; write it: 'var \(name): Type = …'")
    }

    static func unsupportedType(_ type: String, _ advice: String) -> MacroDiagnostic {
        MacroDiagnostic("unsupportedType", "'\(type)' has no JSON Schema: \(advice)")
    }

    static func recursive(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("recursive", "'\(name)' contains itself, which an inlined schema cannot say; write its schema by hand with $ref")
    }

    static func constantInput(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic(
            "constantInput", "'\(name)' is a constant with a value, so no argument can set it; it is left out of the schema (make it 'var', or 'static')",
            severity: .warning)
    }

    static func notInCodingKeys(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("notInCodingKeys", "'\(name)' has neither a case in CodingKeys nor a default value, so nothing would set it")
    }

    // MARK: Constraints

    static func constraintWithoutReader(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("constraintWithoutReader", "@\(name) has no effect here: it belongs on a stored property of a @ToolInput or @ToolOutput struct", severity: .warning)
    }

    static func constraintMismatch(_ name: String, _ wants: String, _ found: String) -> MacroDiagnostic {
        MacroDiagnostic("constraintMismatch", "@\(name) is for \(wants), and this property is '\(found)'")
    }

    static func constraintArgument(_ name: String, _ wants: String) -> MacroDiagnostic {
        MacroDiagnostic("constraintArgument", "@\(name) needs \(wants), because the schema is made while compiling")
    }

    static func emptyRange(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("emptyRange", "no value fits this @\(name): its lower bound is above its upper bound")
    }

    static func negativeCount(_ name: String) -> MacroDiagnostic {
        MacroDiagnostic("negativeCount", "@\(name) counts, so its bounds must not be negative")
    }

    static func headerToken(_ text: String) -> MacroDiagnostic {
        MacroDiagnostic("headerToken", "\"\(text)\" is no name for a header field: use letters, digits and -")
    }

    static func headerTwice(_ text: String) -> MacroDiagnostic {
        MacroDiagnostic("headerTwice", "another property uses the header \"\(text)\" already; upper and lower case do not differ there")
    }
}

extension MacroExpansionContext {
    /// Shows a diagnostic at the place it is about.
    func report(_ message: MacroDiagnostic, at node: some SyntaxProtocol) {
        diagnose(Diagnostic(node: node, message: message))
    }
}
