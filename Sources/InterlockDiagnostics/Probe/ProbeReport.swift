public import InterlockJSON

/// What a probe found: each step with its time, the eras that answer, and the verdict.
public struct ProbeReport: Sendable, Hashable {
    /// In which state a server is, for those who want to use it.
    public enum Verdict: String, Sendable, Hashable {
        case healthy, degraded
        case authWalled = "auth-walled"
        case down
    }

    /// How a step ended.
    public enum Status: String, Sendable, Hashable {
        case ok, failed, skipped
        /// The server wants a credential and says so as it must; `brokenWall` is a refusal without `WWW-Authenticate` where it must have one.
        case walled
        case brokenWall
        /// HTTP 403 without `WWW-Authenticate`, which breaks no rule: the credential or the host has no right there.
        case forbidden

        /// Whether it is a refusal as it should be.
        var isWall: Bool { self == .walled || self == .forbidden }
    }

    /// One step.
    public struct Step: Sendable, Hashable {
        public var name: String
        public var status: Status
        public var took: Duration?
        public var detail: String
    }

    public var steps: [Step] = []
    /// Revisions in which the server answered, newest era first.
    public var eras: [String] = []
    /// The canonical digest of the tools, and how many there are.
    public var toolsDigest: String?
    public var tools: Int?

    /// The first `WWW-Authenticate` field that was seen.
    var challenge: String?

    /// The steps that read how a credential is to be had.
    static let resourceMetadata = "resource metadata"
    static let issuerMetadata = "issuer metadata"

    /// How the names of steps begin that leave out the credential which was given.
    static let unauthenticated = "unauthenticated "

    /// The verdict that follows from the steps.
    public var verdict: Verdict {
        func has(_ name: String, _ status: Status) -> Bool { steps.contains { $0.name == name && $0.status == status } }
        if ["dns", "connect", "tls"].contains(where: { has($0, .failed) }) { return .down }
        if eras.isEmpty {
            // Where a credential was given, how it ends without one says nothing of how it ends with it.
            let asked = steps.filter { !$0.name.hasPrefix(Self.unauthenticated) }
            if asked.contains(where: { $0.status == .brokenWall }) { return .degraded }
            guard asked.contains(where: \.status.isWall) else { return .down }
            return has(Self.resourceMetadata, .failed) || has(Self.issuerMetadata, .failed) ? .degraded : .authWalled
        }
        // One era that does not answer is no fault; everything else that failed is.
        let isDegraded = steps.contains { !$0.name.hasSuffix("handshake") && $0.status == .failed || $0.status == .brokenWall }
        if isDegraded { return .degraded }
        return steps.contains { $0.name.contains("tools/") && $0.status.isWall } ? .authWalled : .healthy
    }

    /// The report for programs; times in milliseconds.
    public var json: JSONValue {
        [
            "verdict": .string(verdict.rawValue), "eras": .array(eras.map(JSONValue.string)),
            "toolsSHA256": toolsDigest.map(JSONValue.string) ?? .null, "tools": tools.map { .number(JSONNumber($0)) } ?? .null,
            "steps": .array(steps.map { step in
                [
                    "name": .string(step.name), "status": .string(step.status.rawValue), "detail": .string(step.detail),
                    "milliseconds": step.took.flatMap { JSONNumber(Double($0.nanosecondsRounded) / 1e6) }.map(JSONValue.number) ?? .null,
                ]
            }),
        ]
    }
}
