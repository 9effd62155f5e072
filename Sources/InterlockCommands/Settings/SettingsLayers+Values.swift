import InterlockJSON

extension SettingsLayers {
    func string(_ setting: Setting) throws(SettingsError) -> String? {
        try self[setting]?.value
    }

    /// A whole number within bounds.
    func int(_ setting: Setting, in range: ClosedRange<Int>) throws(SettingsError) -> Int? {
        guard let (text, source) = try self[setting] else { return nil }
        let digits = text.filter { $0 != "_" }
        guard let number = Int(digits), range.contains(number) else {
            let bound = range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw SettingsError(source, is: text, expected: "a whole number \(bound)")
        }
        return number
    }

    /// A number within bounds.
    func double(_ setting: Setting, in range: ClosedRange<Double>) throws(SettingsError) -> Double? {
        guard let (text, source) = try self[setting] else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw SettingsError(source, is: text, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func bool(_ setting: Setting) throws(SettingsError) -> Bool? {
        guard let (text, source) = try self[setting] else { return nil }
        switch text.lowercased() {
        case "true", "yes", "1", "on": return true
        case "false", "no", "0", "off": return false
        default: throw SettingsError(source, is: text, expected: "true or false")
        }
    }

    /// A length of time that is longer than nothing: `250ms`, `30s`, `10m`, `4h`; a bare number is seconds.
    func duration(_ setting: Setting) throws(SettingsError) -> Duration? {
        guard let (text, source) = try self[setting] else { return nil }
        guard let duration = Duration(setting: text), duration > .zero else {
            throw SettingsError(source, is: text, expected: "a length of time such as 250ms, 30s, 10m or 4h")
        }
        return duration
    }

    /// Items between commas; empty if there are none.
    func list(_ setting: Setting) throws(SettingsError) -> [String]? {
        try self[setting]?.value.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }.filter { !$0.isEmpty }
    }

    /// One of the names of an enumeration.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ setting: Setting, _: Choice.Type = Choice.self) throws(SettingsError) -> Choice? {
        guard let (text, source) = try self[setting] else { return nil }
        guard let choice = Choice(rawValue: text.lowercased()) else {
            throw SettingsError(source, is: text, expected: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }
}
