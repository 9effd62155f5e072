import SwiftCompilerPlugin
import SwiftSyntaxMacros

/// What the compiler loads to expand the macros of `Interlock`.
@main
struct Plugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [
        ToolInputMacro.self, ToolOutputMacro.self, SchemaEnumMacro.self, ConstraintMacro.self,
    ]
}
