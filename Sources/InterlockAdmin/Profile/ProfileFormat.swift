/// The forms in which a profile can be sent, the preferred one first.
enum ProfileFormat: String, CaseIterable {
    /// Folded stacks, a line each.
    case text = "text/plain"
    /// A flame graph.
    case svg = "image/svg+xml"
    case json = "application/json"

    /// What an `Accept` field asks for (RFC 9110, section 12.5.1); `nil` when it allows none of them. An absent field allows everything.
    init?(accept: String?) {
        guard let accept else { self = .text; return }
        var best: (format: Self, quality: Double)?
        for format in Self.allCases {
            let quality = Self.quality(of: format.rawValue, in: accept)
            if quality > best?.quality ?? 0 { best = (format, quality) }
        }
        guard let best else { return nil }
        self = best.format
    }

    /// What the field's most specific range that fits says of a type: 0 not at all, 1 most welcome.
    private static func quality(of type: String, in accept: String) -> Double {
        let family = type.prefix { $0 != "/" }
        var found: (rank: Int, quality: Double) = (-1, 0)
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = parts.first, let rank = ["*/*", "\(family)/*", type].firstIndex(of: name), rank > found.rank else { continue }
            found = (rank, parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1)
        }
        return found.quality
    }

    /// What follows the dot in the name of a file.
    var fileExtension: String {
        switch self {
        case .text: "folded"
        case .svg: "svg"
        case .json: "json"
        }
    }
}
