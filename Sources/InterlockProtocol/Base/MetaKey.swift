/// The `_meta` keys of the specification, and the grammar of all others.
/// Spec: 2026-07-28, Base Protocol › `_meta`.
public enum MetaKey {
    /// The version a request is written in (modern, required).
    public static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    /// What the client can do, for this request (modern, required).
    public static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    /// Which software sends the request (modern).
    public static let clientInfo = "io.modelcontextprotocol/clientInfo"
    /// The lowest level of log messages the client wants for this request (modern).
    public static let logLevel = "io.modelcontextprotocol/logLevel"
    /// Which software made a result (modern).
    public static let serverInfo = "io.modelcontextprotocol/serverInfo"
    /// The subscription a notification or the last response belongs to (modern).
    public static let subscriptionId = "io.modelcontextprotocol/subscriptionId"
    /// The task a message belongs to (2025-11-25).
    public static let relatedTask = "io.modelcontextprotocol/related-task"
    /// Asks for progress notifications with this token.
    public static let progressToken = "progressToken"
    /// W3C Trace Context: the caller's span.
    public static let traceparent = "traceparent"
    /// W3C Trace Context: vendors' additions.
    public static let tracestate = "tracestate"
    /// W3C Baggage.
    public static let baggage = "baggage"

    /// Whether a key has the form the specification asks for: an optional dotted prefix and `/`, then a name.
    ///
    /// Labels of the prefix start with a letter and end with a letter or digit, hyphens inside; the name begins and ends
    /// alphanumeric with `-`, `_` and `.` inside, and may be empty after a prefix.
    public static func isWellFormed(_ key: String) -> Bool {
        let parts = key.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            let labels = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard labels.allSatisfy(isLabel) else { return false }
            return parts[1].isEmpty || isName(parts[1])
        }
        return isName(parts[0])
    }

    /// Whether the prefix of a key belongs to the specification: its second label is `modelcontextprotocol` or `mcp`.
    public static func isReserved(_ key: String) -> Bool {
        guard let slash = key.firstIndex(of: "/") else { return false }
        let labels = key[..<slash].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && (labels[1] == "modelcontextprotocol" || labels[1] == "mcp")
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        guard let first = label.first, let last = label.last, isLetter(first), isAlphanumeric(last) else { return false }
        return label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isName(_ name: Substring.UTF8View) -> Bool {
        guard let first = name.first, let last = name.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return name.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
