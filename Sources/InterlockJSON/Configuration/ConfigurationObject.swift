/// One object of a configuration file, read member by member.
///
/// Every error says which member it is about. A member that nobody would read is an error too, with the name it may have meant, so that a
/// misspelt one never goes unnoticed.
public struct ConfigurationObject: Sendable {
    /// Where the object stands, such as `tools.transfer`; empty for the whole document.
    public let path: String
    private let values: [String: RawJSON]
    /// The members in their order.
    public let names: [String]

    /// - Parameter allowed: the members there may be; `nil` if they are names of somebody else's, such as those of tools.
    public init(_ json: RawJSON, at path: String = "", allowing allowed: [String]?) throws(ConfigurationError) {
        self.path = path
        guard let members = json.members else { throw ConfigurationError(path: path, message: "is \(json): give an object") }
        var values: [String: RawJSON] = [:]
        for (name, value) in members {
            let place = Self.join(path, name)
            if let allowed, !allowed.contains(name) {
                let nearest = NearestName.of(name, among: allowed).map { "; did you mean \"\($0)\"?" } ?? "."
                throw ConfigurationError(path: place, message: "is no setting\(nearest) There may be \(allowed.sorted().joined(separator: ", "))")
            }
            guard values.updateValue(value, forKey: name) == nil else { throw ConfigurationError(path: place, message: "stands there twice: give it once") }
        }
        self.values = values
        self.names = members.map(\.key)
    }

    /// Where a member stands.
    public func place(of name: String) -> String { Self.join(path, name) }

    /// Whether the member is there, `null` or not.
    public func has(_ name: String) -> Bool { values[name] != nil }

    /// A member as it is; `nil` if it is absent.
    public subscript(_ name: String) -> RawJSON? { values[name] }

    /// A whole number within bounds.
    public func int(_ name: String, in range: ClosedRange<Int> = 1...Int.max) throws(ConfigurationError) -> Int? {
        guard let value = values[name] else { return nil }
        guard let number = value.int, range.contains(number) else {
            let bounds = range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw wrong(name, value, expected: "a whole number \(bounds)")
        }
        return number
    }

    /// A number within bounds.
    public func double(_ name: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        guard let value = values[name] else { return nil }
        guard let number = value.double, range.contains(number) else {
            throw wrong(name, value, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    public func bool(_ name: String) throws(ConfigurationError) -> Bool? {
        guard let value = values[name] else { return nil }
        guard let bool = value.bool else { throw wrong(name, value, expected: "true or false") }
        return bool
    }

    /// A text that is not empty.
    public func string(_ name: String) throws(ConfigurationError) -> String? {
        guard let value = values[name] else { return nil }
        guard let text = value.string, !text.isEmpty else { throw wrong(name, value, expected: "a text") }
        return text
    }

    /// One of several texts.
    public func choice<Choice>(_ name: String, _ choices: [(String, Choice)]) throws(ConfigurationError) -> Choice? {
        guard let value = values[name] else { return nil }
        guard let text = value.string, let choice = choices.first(where: { $0.0 == text }) else {
            throw wrong(name, value, expected: "one of " + choices.map { "\"\($0.0)\"" }.joined(separator: ", "))
        }
        return choice.1
    }

    /// A length of time that is longer than nothing: `"250ms"`, `"30s"`, `"10m"`, `"4h"`; a bare number is seconds.
    public func duration(_ name: String) throws(ConfigurationError) -> Duration? {
        guard let value = values[name] else { return nil }
        guard let duration = Duration(setting: value.string ?? value.description), duration > .zero else {
            throw wrong(name, value, expected: "a length of time such as \"250ms\", \"30s\", \"10m\" or \"4h\"")
        }
        return duration
    }

    /// Texts; a single one may stand by itself.
    public func strings(_ name: String) throws(ConfigurationError) -> [String]? {
        guard let value = values[name] else { return nil }
        if let text = value.string { return [text] }
        let texts = value.elements.map { $0.map(\.string) }
        guard let texts, !texts.contains(nil) else { throw wrong(name, value, expected: "an array of texts") }
        return texts.compactMap(\.self)
    }

    /// An object within this one.
    public func object(_ name: String, allowing allowed: [String]?) throws(ConfigurationError) -> ConfigurationObject? {
        guard let value = values[name] else { return nil }
        return try ConfigurationObject(value, at: place(of: name), allowing: allowed)
    }

    /// Objects within this one; a single one may stand by itself.
    public func objects(_ name: String, allowing allowed: [String]) throws(ConfigurationError) -> [ConfigurationObject]? {
        guard let value = values[name] else { return nil }
        guard let elements = value.elements else { return [try ConfigurationObject(value, at: place(of: name), allowing: allowed)] }
        var objects: [ConfigurationObject] = []
        for (index, element) in elements.enumerated() {
            objects.append(try ConfigurationObject(element, at: "\(place(of: name))[\(index)]", allowing: allowed))
        }
        return objects
    }

    /// What the object has to have.
    public func required<Value>(_ name: String, _ value: Value?, expected: String) throws(ConfigurationError) -> Value {
        guard let value else { throw ConfigurationError(path: place(of: name), message: "is missing: give \(expected)") }
        return value
    }

    /// The error of a member whose value is of no use.
    public func wrong(_ name: String, _ value: RawJSON, expected: String) -> ConfigurationError {
        ConfigurationError(path: place(of: name), message: "is \(value): give \(expected)")
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
