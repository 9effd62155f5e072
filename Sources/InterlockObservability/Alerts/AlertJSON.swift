import InterlockJSON

/// A value of a file of rules and where it stands, for errors that say so.
struct AlertJSON {
    /// An object whose names are all known.
    struct Object {
        let path: String
        fileprivate let members: JSONObject

        subscript(name: String) -> AlertJSON? { members[name].map { AlertJSON($0, path: path.isEmpty ? name : "\(path).\(name)") } }

        func required(_ name: String) throws(AlertConfigurationError) -> AlertJSON {
            guard let value = self[name] else {
                throw AlertConfigurationError(code: .missing, path: path, message: "the member \"\(name)\" is required")
            }
            return value
        }
    }

    static let expressions = ["value", "rate", "quantile", "slope", "ratio"]

    let value: JSONValue
    let path: String

    init(_ value: JSONValue, path: String) {
        self.value = value
        self.path = path
    }

    func object(allowing names: [String]) throws(AlertConfigurationError) -> Object {
        guard let members = value.object else { throw wrongType("an object") }
        if let unknown = members.first(where: { !names.contains($0.key) }) {
            throw AlertConfigurationError(
                code: .unknownMember, path: path, message: "\"\(unknown.key)\" means nothing here; known are \(names.joined(separator: ", "))")
        }
        return Object(path: path, members: members)
    }

    func members() throws(AlertConfigurationError) -> [(String, AlertJSON)] {
        guard let members = value.object else { throw wrongType("an object") }
        return members.map { ($0.key, AlertJSON($0.value, path: "\(path).\($0.key)")) }
    }

    func array() throws(AlertConfigurationError) -> [AlertJSON] {
        guard let elements = value.array else { throw wrongType("an array") }
        return elements.enumerated().map { AlertJSON($1, path: "\(path)[\($0)]") }
    }

    func string() throws(AlertConfigurationError) -> String {
        guard let string = value.string else { throw wrongType("a string") }
        return string
    }

    func number() throws(AlertConfigurationError) -> Double {
        guard let number = value.double else { throw wrongType("a number") }
        guard number.isFinite else { throw invalid("is too large") }
        return number
    }

    func duration() throws(AlertConfigurationError) -> Duration {
        guard let duration = AlertDuration.parse(try string()) else {
            throw invalid("must be a whole number with ms, s, m or h, like \"90s\", and at most a week")
        }
        return duration
    }

    func invalid(_ message: String) -> AlertConfigurationError {
        AlertConfigurationError(code: .invalidValue, path: path, message: message)
    }

    private func wrongType(_ expected: String) -> AlertConfigurationError {
        AlertConfigurationError(code: .wrongType, path: path, message: "must be \(expected), is \(value.kind)")
    }
}
