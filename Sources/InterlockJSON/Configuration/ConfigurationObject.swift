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
    private let showsValues: Bool

    /// Reads one object.
    ///
    /// - Parameters:
    ///   - allowed: the members there may be; `nil` if they are names of somebody else's, such as those of tools.
    ///   - showsValues: whether errors may show what stands in the file. Not where somebody could have put a secret in the wrong place: then they
    ///     show kinds of values, and of names only those that may be there.
    public init(_ json: RawJSON, at path: String = "", allowing allowed: [String]?, showsValues: Bool = true) throws(ConfigurationError) {
        self.path = path
        self.showsValues = showsValues
        guard let members = json.members else {
            throw ConfigurationError(path: path, message: "is \(Self.shown(json, showsValues)): give an object")
        }
        var values: [String: RawJSON] = [:]
        for (name, value) in members {
            let place = Self.join(path, name)
            if let allowed, !allowed.contains(name) {
                let nearest = NearestName.of(name, among: allowed).map { "; did you mean \"\($0)\"?" } ?? "."
                let message = "is no setting\(nearest) There may be \(allowed.sorted().joined(separator: ", "))"
                throw showsValues ? ConfigurationError(path: place, message: message) : ConfigurationError(path: path, message: "has a member that \(message)")
            }
            guard values.updateValue(value, forKey: name) == nil else { throw ConfigurationError(path: place, message: "stands there twice: give it once") }
        }
        self.values = values
        self.names = members.map(\.key)
    }

    /// Reads a file that holds one object.
    public init(
        parsing bytes: [UInt8], limits: JSONLimits = .default, allowing allowed: [String]?, showsValues: Bool = true
    ) throws(ConfigurationError) {
        let json: RawJSON
        do throws(JSONError) {
            json = try RawJSON(bytes, limits: limits)
        } catch {
            let what = showsValues ? error.message : "\(error.code)"
            throw ConfigurationError(path: "", message: "the file is no JSON text within its limits: \(what)\(error.offset.map { " (byte \($0))" } ?? "")")
        }
        try self.init(json, allowing: allowed, showsValues: showsValues)
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

    /// A number of any size.
    public func double(_ name: String) throws(ConfigurationError) -> Double? {
        guard let value = values[name] else { return nil }
        guard let number = value.double, number.isFinite else { throw wrong(name, value, expected: "a number") }
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

    /// A length of time: `"250ms"`, `"30s"`, `"10m"`, `"4h"`; a bare number is seconds.
    ///
    /// - Parameter allowingZero: whether it may be nothing at all.
    public func duration(_ name: String, allowingZero: Bool = false) throws(ConfigurationError) -> Duration? {
        guard let value = values[name] else { return nil }
        guard let duration = Duration(setting: value.string ?? value.description), duration > .zero || allowingZero else {
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
        return try ConfigurationObject(value, at: place(of: name), allowing: allowed, showsValues: showsValues)
    }

    /// Objects within this one; a single one may stand by itself.
    public func objects(_ name: String, allowing allowed: [String]) throws(ConfigurationError) -> [ConfigurationObject]? {
        guard let value = values[name] else { return nil }
        guard let elements = value.elements else { return [try ConfigurationObject(value, at: place(of: name), allowing: allowed, showsValues: showsValues)] }
        var objects: [ConfigurationObject] = []
        for (index, element) in elements.enumerated() {
            objects.append(try ConfigurationObject(element, at: "\(place(of: name))[\(index)]", allowing: allowed, showsValues: showsValues))
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
        ConfigurationError(path: place(of: name), message: "is \(Self.shown(value, showsValues)): give \(expected)")
    }

    private static func shown(_ value: RawJSON, _ showsValues: Bool) -> String {
        if showsValues { return value.description }
        return switch value.kind {
        case .null: "null"
        case .array, .object: "an \(value.kind.rawValue)"
        case .bool, .number, .string: "a \(value.kind.rawValue)"
        }
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
