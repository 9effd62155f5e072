public import InterlockJSON
import InterlockProtocol

/// The arguments of a tool as a Swift type, with the JSON Schema a client is shown.
///
/// The `@ToolInput` macro writes the conformance from a struct; by hand it takes a `Decodable` type and its schema:
///
/// ```swift
/// struct Transfer: Decodable, ToolInput {
///     var from, to: String
///     var amount: Int
///     static let inputSchema = InputSchema([
///         .string("from", "Account to take from"),
///         .string("to", "Account to give to"),
///         .integer("amount", "Cents", minimum: 1),
///     ]).schema
/// }
/// ```
///
/// Arguments are validated against the schema before they are decoded; what fails there is a tool error a model can read and repair.
public protocol ToolInput: Sendable {
    /// A JSON Schema (2020-12) whose root is an object.
    static var inputSchema: RawJSON { get }

    /// Reads validated arguments. An error thrown here is answered as a tool error with its description.
    init(arguments: RawJSON) throws
}

extension ToolInput where Self: Decodable {
    public init(arguments: RawJSON) throws {
        self = try arguments.decode(Self.self)
    }
}

/// The input of a tool that takes no arguments.
public struct NoInput: ToolInput, Decodable {
    public static let inputSchema = RawJSON(["type": "object", "additionalProperties": false] as JSONValue)
    public init() {}
    public init(arguments: RawJSON) {}
}
