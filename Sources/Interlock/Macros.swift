/// Makes a struct the arguments of a tool: its JSON Schema, written while compiling, and a decoder that honours default values.
///
/// ```swift
/// /// Where the money goes.
/// @ToolInput
/// struct Transfer {
///     /// Account to take from
///     @Length(1...34) var from: String
///     /// Account to give to
///     @Length(1...34) var to: String
///     /// Cents
///     @Range(1...1_000_000) var amount: Int
///     /// What the statement says
///     var reason: String = "transfer"
/// }
/// ```
///
/// - Documentation comments become `description`. A property with a default value, or of an optional type, may be absent; a default that
///   is a literal becomes `default`. `CodingKeys` are respected, computed and static properties ignored, unknown arguments refused.
/// - Types: `String`, all integers, `Double`, `Float`, `Bool`, `URL`, `UUID`, `Date`, `JSONValue`, `JSONObject`, `RawJSON`,
///   arrays, sets, `[String: T]`, enumerations with string raw values, and other structs with this macro, whose schemas are inlined when
///   they are first used. A type must not contain itself, directly or through others.
/// - Constraints: ``Range(_:)``, ``Length(_:)``, ``Pattern(_:)``, ``Items(_:)``, ``Format(_:)``, ``Header(_:)``.
///
/// Arguments are validated against the schema before they are decoded; what fails there is a tool error a model can read and repair.
/// The struct's own `init(from:)` or `init(arguments:)` takes the place of the generated decoder.
@attached(extension, conformances: ToolInput, Decodable, names: named(inputSchema), named(init(from:)))
public macro ToolInput() = #externalMacro(module: "InterlockMacros", type: "ToolInputMacro")

/// Makes a struct the structured output of a tool: its JSON Schema, written while compiling.
///
/// ```swift
/// @ToolOutput
/// struct Balance {
///     /// Cents
///     var amount: Int
///     var currency: String
/// }
/// ```
///
/// The rules are those of ``ToolInput()``, except that every property which is not optional is required, and members beyond the schema's are
/// not forbidden. The result also carries the same JSON as text, for clients that read only text.
@attached(extension, conformances: StructuredOutput, names: named(outputSchema))
public macro ToolOutput() = #externalMacro(module: "InterlockMacros", type: "ToolOutputMacro")

/// Lets an enumeration with string raw values be the type of a property of ``ToolInput()`` and ``ToolOutput()`` structs.
@attached(extension, conformances: SchemaRepresentable, Codable, names: named(jsonSchema))
public macro SchemaEnum() = #externalMacro(module: "InterlockMacros", type: "SchemaEnumMacro")
