/// Bounds a number: `@Range(1...100)`, `@Range(0.5...)`, `@Range(..<10)`.
@attached(peer)
public macro Range<Bounds: RangeExpression>(_ bounds: Bounds) = #externalMacro(module: "InterlockMacros", type: "ConstraintMacro")

/// Bounds the length of a string, in Unicode scalars: `@Length(1...64)`.
@attached(peer)
public macro Length<Bounds: RangeExpression>(_ bounds: Bounds) = #externalMacro(module: "InterlockMacros", type: "ConstraintMacro") where Bounds.Bound == Int

/// Bounds the number of an array's elements: `@Items(1...10)`.
@attached(peer)
public macro Items<Bounds: RangeExpression>(_ bounds: Bounds) = #externalMacro(module: "InterlockMacros", type: "ConstraintMacro") where Bounds.Bound == Int

/// A regular expression that a string must match somewhere: `@Pattern("^[a-z]+$")`.
///
/// In the linear-time subset of ECMA-262: back-references and look-around are refused when the server is made.
@attached(peer)
public macro Pattern(_ pattern: String) = #externalMacro(module: "InterlockMacros", type: "ConstraintMacro")

/// The format of a string, such as `email`, `uri` or `date-time`; those the validator knows are checked.
@attached(peer)
public macro Format(_ format: String) = #externalMacro(module: "InterlockMacros", type: "ConstraintMacro")

/// Makes HTTP clients repeat the argument in the header field `Mcp-Param-<name>`, so that gateways can route by it without reading the body.
///
/// For strings, integers and `Bool`; names are unique in a tool without regard to case. Spec: 2026-07-28, Transports › Streamable HTTP.
@attached(peer)
public macro Header(_ name: String) = #externalMacro(module: "InterlockMacros", type: "ConstraintMacro")
