public import InterlockJSON

/// The arguments of a tool that are mirrored into `Mcp-Param-*` header fields: properties of its input schema with an
/// `x-mcp-header`. Spec: 2026-07-28, Transports › Streamable HTTP.
///
/// A schema that breaks the rules is refused as a whole: HTTP clients leave such a tool out of its list and say so in a log.
public struct HeaderParameters: Sendable, Hashable {
    /// What kind of value an argument has.
    public enum ValueType: String, Sendable, Hashable {
        /// Text, encoded as ``HeaderValue`` does.
        case string
        /// A whole number within ±(2^53 − 1), in decimal.
        case integer
        /// `true` or `false`.
        case boolean
    }

    /// One mirrored argument.
    public struct Parameter: Sendable, Hashable {
        /// What the property calls it.
        public var name: String
        /// The names of the properties that lead to it, from the outermost.
        public var path: [String]
        /// What kind of value it has.
        public var type: ValueType
        /// The name of the header field.
        public var field: String { RoutingHeaders.parameterPrefix + name }
    }

    /// Why a schema is refused.
    public struct InvalidSchema: Error, Sendable, Hashable, CustomStringConvertible {
        /// Where the annotation stands, as a JSON Pointer into the schema.
        public var location: String
        /// What is wrong and what would be right.
        public var reason: String
        /// The place and the reason.
        public var description: String { "x-mcp-header at \(location.isEmpty ? "the root" : location): \(reason)" }
    }

    /// The largest magnitude of a mirrored integer.
    public static let largestInteger: UInt = (1 << 53) - 1

    /// The mirrored arguments, in the order of the schema.
    public private(set) var parameters: [Parameter] = []

    /// Whether the tool mirrors nothing, as most do.
    public var isEmpty: Bool { parameters.isEmpty }

    /// Finds and checks the annotations of a tool's input schema.
    public init(schema: RawJSON) throws(InvalidSchema) {
        var search = HeaderAnnotationSearch()
        try search.visit(schema.value(), property: nil, location: "")
        parameters = search.found
    }

    /// The header fields for a call, values encoded; arguments that are absent or null have none.
    ///
    /// - Throws: -32602 if an argument is not of its declared type or an integer too large to be mirrored.
    public func fields(for arguments: RawJSON?) throws(ProtocolError) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for parameter in parameters {
            guard let value = parameter.value(in: arguments) else { continue }
            guard let text = parameter.type.text(of: value) else {
                throw .invalidParams(
                    "params.arguments.\(parameter.path.joined(separator: ".")): expected \(parameter.type.expectation)")
            }
            fields.append((parameter.field, text))
        }
        return fields
    }

    /// Checks the header fields of a call against its arguments: -32020 if one is missing, malformed or differs.
    ///
    /// Integers are compared by value (`42.0` is 42). Arguments of another type than declared are left to the validation of
    /// the arguments, which has the better message.
    /// - Parameter field: The value of a header field by its name, whatever the case; nil if it is absent.
    public func verify(arguments: RawJSON?, field: (String) -> String?) throws(ProtocolError) {
        for parameter in parameters {
            let received = field(parameter.field)
            guard let value = parameter.value(in: arguments) else {
                guard received == nil else {
                    throw .headerMismatch("Header mismatch: \(parameter.field) is present, but the argument is not")
                }
                continue
            }
            guard let received else { throw .headerMismatch("Header mismatch: \(parameter.field) is missing") }
            let text: String
            do throws(HeaderValue.Malformed) {
                text = try HeaderValue.decode(received)
            } catch {
                throw .headerMismatch("Header mismatch: \(parameter.field) is malformed: \(error.reason)")
            }
            guard parameter.type.matches(text, value) else {
                throw .headerMismatch("Header mismatch: \(parameter.field) header value '\(text)' does not match the argument")
            }
        }
    }
}

extension HeaderParameters.Parameter {
    /// The argument, or nil where there is none or null.
    fileprivate func value(in arguments: RawJSON?) -> RawJSON? {
        var value = arguments
        for name in path { value = value?[name] }
        return value?.isNull == true ? nil : value
    }
}

extension HeaderParameters.ValueType {
    fileprivate var expectation: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer within ±(2^53 − 1)"
        case .boolean: "true or false"
        }
    }

    /// The header value of an argument, or nil if it has another type.
    fileprivate func text(of value: RawJSON) -> String? {
        switch self {
        case .string: return value.string.map(HeaderValue.encode)
        case .boolean: return value.bool.map { $0 ? "true" : "false" }
        case .integer:
            guard let integer = value.number?.exactInteger, integer.magnitude <= HeaderParameters.largestInteger else {
                return nil
            }
            return String(integer)
        }
    }

    /// Whether a decoded header value says what the argument says.
    fileprivate func matches(_ text: String, _ value: RawJSON) -> Bool {
        switch (self, value.kind) {
        case (.string, .string): value.string.map { $0.utf8.elementsEqual(text.utf8) } ?? false
        case (.boolean, .bool): text == (value.bool == true ? "true" : "false")
        case (.integer, .number):
            if let number = value.number, let received = JSONNumber(text) {
                number.isNumericallyEqual(to: received)
            } else {
                false
            }
        default: true
        }
    }
}
