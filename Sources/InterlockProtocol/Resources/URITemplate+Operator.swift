extension URITemplate {
    /// The operators of RFC 6570 and how each expands (its appendix A).
    enum Operator: Character, Sendable, Hashable {
        case simple = " "
        case reserved = "+"
        case fragment = "#"
        case label = "."
        case path = "/"
        case parameters = ";"
        case query = "?"
        case continuation = "&"

        /// What stands before the first defined variable.
        var first: String {
            switch self {
            case .simple, .reserved: ""
            default: String(rawValue)
            }
        }

        /// What stands between variables.
        var separator: String {
            switch self {
            case .simple, .reserved, .fragment: ","
            case .label: "."
            case .path: "/"
            case .parameters: ";"
            case .query, .continuation: "&"
            }
        }

        /// Whether values come with their names.
        var isNamed: Bool {
            switch self {
            case .parameters, .query, .continuation: true
            default: false
            }
        }

        /// What follows the name of an empty value.
        var ifEmpty: String {
            switch self {
            case .query, .continuation: "="
            default: ""
            }
        }

        /// Whether reserved characters and percent-encoded triplets stay as they are.
        var allowsReserved: Bool {
            switch self {
            case .reserved, .fragment: true
            default: false
            }
        }
    }
}
