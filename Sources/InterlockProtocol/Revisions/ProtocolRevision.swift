/// A published revision of the Model Context Protocol, ordered by date.
///
/// The raw value is the version string of the wire. Revisions up to 2025-11-25 are *legacy* (handshake, sessions,
/// server-initiated requests); 2026-07-28 is *modern* (stateless, metadata on every request). Code that behaves
/// differently between revisions asks a named property of this type and never compares versions itself.
/// Spec: 2026-07-28, Base Protocol › Versioning.
public enum ProtocolRevision: String, CaseIterable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The first published revision: stdio and the two-endpoint HTTP+SSE transport.
    case v2024_11_05 = "2024-11-05"
    /// Streamable HTTP, JSON-RPC batches, tool annotations, audio content.
    case v2025_03_26 = "2025-03-26"
    /// Structured tool output, form elicitation, resource links, the version header; no batches.
    case v2025_06_18 = "2025-06-18"
    /// Icons, URL elicitation, sampling with tools, experimental core tasks: the last handshake revision.
    case v2025_11_25 = "2025-11-25"
    /// Stateless: per-request metadata, discovery, subscriptions, multi round-trip requests, cache hints.
    case v2026_07_28 = "2026-07-28"

    /// The newest revision this library implements.
    public static let latest = ProtocolRevision.v2026_07_28
    /// The newest revision that still starts with `initialize`.
    public static let latestLegacy = ProtocolRevision.v2025_11_25
    /// What a server assumes for an HTTP request that names no version and belongs to no session that does.
    /// Spec: 2025-11-25, Transports › Protocol Version Header.
    public static let assumedWithoutHeader = ProtocolRevision.v2025_03_26

    /// The version string of the wire, for example `2026-07-28`.
    public var description: String { rawValue }

    /// Orders revisions by publication.
    public static func < (left: ProtocolRevision, right: ProtocolRevision) -> Bool {
        left.order < right.order
    }

    private var order: Int {
        switch self {
        case .v2024_11_05: 0
        case .v2025_03_26: 1
        case .v2025_06_18: 2
        case .v2025_11_25: 3
        case .v2026_07_28: 4
        }
    }
}
