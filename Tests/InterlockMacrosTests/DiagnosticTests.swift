import SwiftDiagnostics
import SwiftDiagnostics
import SwiftSyntaxMacrosGenericTestSupport
import Testing

@Suite("what cannot be expanded is said where it stands")
struct DiagnosticTests {
    @Test("targets", arguments: [
        ("@ToolInput\nclass A {}", 2, 1, "@ToolInput needs a struct, this is a declaration of 'class'"),
        ("@ToolOutput\nenum A {}", 2, 1, "@ToolOutput needs a struct, this is a declaration of 'enum'"),
        ("@ToolInput\nstruct A<T> {}", 2, 9, "'A' is generic and so has no schema of its own; write a struct for each use"),
        ("@SchemaEnum\nstruct A {}", 2, 1, "@SchemaEnum needs an enum, this is a declaration of 'struct'"),
        ("@SchemaEnum\nenum A: Int {\n    case a\n}", 2, 6, "'A' needs raw values of type String: 'enum A: String'"),
        ("@SchemaEnum\nenum A: String {}", 2, 6, "'A' has no cases, so no value would fit its schema"),
    ])
    func targets(_ source: String, _ line: Int, _ column: Int, _ message: String) {
        let rest = source.split(separator: "\n", maxSplits: 1)[1]
        expectDiagnostics(source, [DiagnosticSpec(message: message, line: line, column: column)], leaving: String(rest))
    }

    @Test("properties", arguments: [
        ("var x: (Int, Int)", 12, "'(Int, Int)' has no JSON Schema: use an array, or a struct with @ToolInput or @ToolOutput"),
        ("var x: [Int: String]", 13, "'Int' has no JSON Schema: names of JSON members are strings, so a dictionary is [String: String]"),
        ("var x: [() -> Void]", 13, "'() -> Void' has no JSON Schema: functions are no data"),
        ("var x: any Sendable", 12, "'any Sendable' has no JSON Schema: use a concrete type, or JSONValue for a value of any kind"),
        ("var x: Any", 12, "'Any' has no JSON Schema: use JSONValue for a value of any kind"),
        ("var x = make()", 9, "the type of 'x' cannot be told from its value; write it: 'var x: Type = …'"),
        ("var (x, y) = (1, 2)", 9, "declare each property by itself: a schema has no tuples"),
        ("var x: [S]", 13, "'S' contains itself, which an inlined schema cannot say; write its schema by hand with $ref"),
    ])
    func properties(_ declaration: String, _ column: Int, _ message: String) {
        let body = "struct S {\n    \(declaration)\n}"
        expectDiagnostics("@ToolInput\n" + body, [DiagnosticSpec(message: message, line: 3, column: column)], leaving: body)
    }

    @Test("constraints", arguments: [
        ("@Range(1...2)", "var x: String", 5, "@Range is for numbers, and this property is 'String'"),
        ("@Items(1...2)", "var x: Int", 5, "@Items is for arrays, and this property is 'Int'"),
        ("@Length(1...2)", "var x: [String]", 5, "@Length is for strings, and this property is '[String]'"),
        (#"@Header("X")"#, "var x: Double", 5, "@Header is for strings, whole numbers and Bool, and this property is 'Double'"),
        ("@Range(5...1)", "var x: Int", 12, "no value fits this @Range: its lower bound is above its upper bound"),
        ("@Range(low...high)", "var x: Int", 12, "@Range needs a range of literals, as in 1...100, because the schema is made while compiling"),
        ("@Length(-1...2)", "var x: String", 13, "@Length counts, so its bounds must not be negative"),
        (#"@Pattern("\(a)")"#, "var x: String", 14, "@Pattern needs a string literal without interpolation, because the schema is made while compiling"),
        (#"@Header("no good")"#, "var x: String", 13, #""no good" is no name for a header field: use letters, digits and -"#),
    ])
    func constraints(_ attribute: String, _ declaration: String, _ column: Int, _ message: String) {
        expectDiagnostics(
            "@ToolInput\nstruct S {\n    \(attribute) \(declaration)\n}", [DiagnosticSpec(message: message, line: 3, column: column)],
            leaving: "struct S {\n    \(declaration)\n}")
    }

    @Test("all problems of a struct are told at once")
    func several() {
        expectDiagnostics(
            """
            @ToolInput
            struct S {
                @Header("Region") var a: String
                @Header("region") var b: String
                #if DEBUG
                var c: Int
                #endif
                var d: (Int, Int)
            }
            """,
            [
                DiagnosticSpec(message: #"another property uses the header "region" already; upper and lower case do not differ there"#, line: 4, column: 5),
                DiagnosticSpec(
                    message: "a property under #if cannot be part of the schema: the macro does not know which conditions hold; declare it outside", line: 6,
                    column: 5),
                DiagnosticSpec(message: "'(Int, Int)' has no JSON Schema: use an array, or a struct with @ToolInput or @ToolOutput", line: 8, column: 12),
            ],
            leaving: """
                struct S {
                    var a: String
                    var b: String
                    #if DEBUG
                    var c: Int
                    #endif
                    var d: (Int, Int)
                }
                """)
    }

    @Test("a property that nothing would set, and a constant no argument can set")
    func unset() {
        expectDiagnostics(
            """
            @ToolInput
            struct S {
                let version = 1
                var a: Int
                var b: Int
                enum CodingKeys: String, CodingKey {
                    case a
                }
            }
            """,
            [
                DiagnosticSpec(
                    message: "'version' is a constant with a value, so no argument can set it; it is left out of the schema (make it 'var', or 'static')",
                    line: 3, column: 9, severity: .warning),
                DiagnosticSpec(message: "'b' has neither a case in CodingKeys nor a default value, so nothing would set it", line: 5, column: 9),
            ],
            leaving: """
                struct S {
                    let version = 1
                    var a: Int
                    var b: Int
                    enum CodingKeys: String, CodingKey {
                        case a
                    }
                }
                """)
    }

    @Test("a mark that nobody reads is warned about")
    func unread() {
        expectDiagnostics(
            "struct S {\n    @Range(1...2) var x: Int\n}",
            [
                DiagnosticSpec(
                    message: "@Range has no effect here: it belongs on a stored property of a @ToolInput or @ToolOutput struct", line: 2, column: 5,
                    severity: .warning)
            ], leaving: "struct S {\n    var x: Int\n}")
    }
}
