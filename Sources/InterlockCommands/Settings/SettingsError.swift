/// A setting that cannot be used, with the place it came from.
struct SettingsError: Error, Sendable, CustomStringConvertible {
    var message: String

    init(_ message: String) {
        self.message = message
    }

    /// - Parameters:
    ///   - source: where the value stands, for example `INTERLOCK_PORT`.
    ///   - expected: what would be right, for example `a number from 0 to 65535`.
    init(_ source: String, is value: String, expected: String) {
        message = "\(source) is \"\(value)\": give \(expected)"
    }

    var description: String { message }
}
