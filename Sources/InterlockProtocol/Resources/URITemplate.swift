/// A URI template of RFC 6570, level 4: expansion in full, matching for what can be matched without guessing.
///
/// Matching takes time proportional to the URI's length times the number of the template's parts.
public struct URITemplate: Sendable, Hashable, CustomStringConvertible {
    /// A value of a variable.
    public enum Value: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
        /// Text.
        case string(String)
        /// A list; an empty one counts as undefined.
        case list([String])
        /// Names and values in order; none counts as undefined.
        case pairs([Pair])

        /// A name and its value.
        public struct Pair: Sendable, Hashable {
            /// The name.
            public var name: String
            /// The value.
            public var value: String
            /// Makes a pair.
            public init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }

        /// Makes text.
        public init(stringLiteral value: String) { self = .string(value) }
        /// Makes a list.
        public init(arrayLiteral elements: String...) { self = .list(elements) }
    }

    /// Why a text is no template.
    public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
        /// The byte at which it goes wrong.
        public var offset: Int
        /// What is wrong.
        public var reason: String
        /// The reason and the place.
        public var description: String { "URI template: \(reason) at byte \(offset)" }
    }

    enum Part: Sendable, Hashable {
        case literal(String)
        case expression(Operator, [Variable])
    }

    struct Variable: Sendable, Hashable {
        enum Modifier: Sendable, Hashable {
            case none
            case prefix(Int)
            case explode
        }

        var name: String
        var modifier: Modifier
    }

    /// The template's text.
    public let description: String
    let parts: [Part]

    /// Reads a template.
    public init(_ template: String) throws(Malformed) {
        description = template
        parts = try URITemplateParser.parse(template)
    }

    /// The names of the variables, each once, in order.
    public var variables: [String] {
        var names: [String] = []
        for case .expression(_, let variables) in parts {
            for variable in variables where !names.contains(variable.name) { names.append(variable.name) }
        }
        return names
    }
}
