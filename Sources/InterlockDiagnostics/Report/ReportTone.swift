/// How something stands, as a page shows it: by colour, by a sign and in words, so that it can be read without colours too.
package enum ReportTone: String, Sendable, Hashable, CaseIterable {
    case good, watch, bad, unknown

    /// A sign that says the same as the colour.
    var sign: String {
        switch self {
        case .good: "✓"
        case .watch: "!"
        case .bad: "✕"
        case .unknown: "?"
        }
    }
}
