import InterlockJSON

/// Which names a tenant may use: all, or those of a list of exact names and of beginnings such as `files_*`.
///
/// Names are compared by their bytes. A star means something only at the end; elsewhere it stands for itself.
public struct NameAllowance: Sendable, Hashable {
    /// Every name.
    public static let all = NameAllowance(["*"])
    /// No name.
    public static let none = NameAllowance([])

    /// The list it was made of.
    public let patterns: [String]
    private let exact: Set<ExactName>
    private let beginnings: [String]

    /// Allows the names that fit one of the patterns; an empty list allows none.
    public init(_ patterns: [String]) {
        self.patterns = patterns
        exact = Set(patterns.lazy.filter { !$0.hasSuffix("*") }.map(ExactName.init(text:)))
        beginnings = patterns.filter { $0.hasSuffix("*") }.map { String($0.dropLast()) }
    }

    /// Whether nothing is excluded.
    public var allowsAll: Bool { beginnings.contains("") }

    /// Whether a name fits one of the patterns.
    public func allows(_ name: String) -> Bool {
        exact.contains(ExactName(text: name)) || beginnings.contains { name.utf8.starts(with: $0.utf8) }
    }

    /// Whether some name that begins like this might be allowed; for templates, of which only the beginning is known.
    func mayAllow(beginning: some Collection<UInt8>) -> Bool {
        exact.contains { $0.text.utf8.starts(with: beginning) }
            || beginnings.contains { $0.utf8.starts(with: beginning) || beginning.starts(with: $0.utf8) }
    }

    /// Equal when the lists are, in whatever order.
    public static func == (a: NameAllowance, b: NameAllowance) -> Bool {
        a.exact == b.exact && Set(a.beginnings) == Set(b.beginnings)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(exact)
        hasher.combine(Set(beginnings))
    }
}
