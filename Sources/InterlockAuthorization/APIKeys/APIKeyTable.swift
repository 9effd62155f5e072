import InterlockJSON

/// The API keys that are good now, by id.
///
/// ```json
/// {"keys": [{"id": "ci", "hash": "sha256:9f86…", "subject": "ci-bot", "tenant": "acme",
///            "scopes": ["read"], "expires": "2027-01-31T00:00:00Z", "disabled": false}]}
/// ```
/// `tenant`, `scopes`, `expires` and `disabled` may be left out. A member of another name is an error: a misspelt `disabled` must not leave a key in force.
public struct APIKeyTable: Sendable, Hashable {
    /// Keys a table may have.
    public static let maximumKeys = 100_000
    private static let maximumBytes = 64 << 20
    private static let members = ["id", "hash", "subject", "tenant", "scopes", "expires", "disabled"]

    private let entries: [String: APIKeyEntry]

    /// Keys in it.
    public var count: Int { entries.count }

    /// Makes a table.
    ///
    /// - Throws: ``AuthorizationError`` that names the first entry that is not sound.
    public init(_ list: [APIKeyEntry]) throws(AuthorizationError) {
        guard list.count <= Self.maximumKeys else { throw Self.invalid("keys", "has \(list.count) entries; at most \(Self.maximumKeys) are accepted") }
        var entries: [String: APIKeyEntry] = [:]
        for (place, entry) in list.enumerated() {
            let path = "keys[\(place)]"
            guard APIKey.isID(entry.id.utf8) else { throw Self.invalid(path + ".id", "must be 1 to 64 lower-case letters, digits and hyphens") }
            guard ClaimMapping.isName(entry.subject) else { throw Self.invalid(path + ".subject", "must be 1 to 255 bytes without control characters") }
            if let tenant = entry.tenant, !ClaimMapping.isName(tenant) { throw Self.invalid(path + ".tenant", "must be 1 to 255 bytes without control characters") }
            guard entry.scopes.count <= ClaimMapping.maximumScopes else { throw Self.invalid(path + ".scopes", "has more than \(ClaimMapping.maximumScopes) scopes") }
            try ScopeName.check(entry.scopes, at: path + ".scopes")
            guard entries.updateValue(entry, forKey: entry.id) == nil else { throw Self.invalid(path + ".id", "\"\(entry.id)\" occurs twice") }
        }
        self.entries = entries
    }

    /// Reads a table from a file's bytes.
    ///
    /// - Throws: ``AuthorizationError`` with the place of the first thing that is not as it must be. Never shows a value, as it could be a key.
    public init(parsing bytes: [UInt8]) throws(AuthorizationError) {
        let entries: [APIKeyEntry]
        do throws(ConfigurationError) {
            entries = try Self.entries(bytes)
        } catch {
            throw AuthorizationError(.invalidKeyFile, "API keys: \(error)")
        }
        try self.init(entries)
    }

    /// The entry of an id; compared by bytes, since ids are ASCII.
    func entry(_ id: String) -> APIKeyEntry? { entries[id] }

    private static func entries(_ bytes: [UInt8]) throws(ConfigurationError) -> [APIKeyEntry] {
        let limits = JSONLimits(maximumBytes: maximumBytes, maximumDepth: 8, maximumKeys: maximumKeys * 8)
        let file = try ConfigurationObject(parsing: bytes, limits: limits, allowing: ["keys"], showsValues: false)
        let list = try file.required("keys", try file.objects("keys", allowing: members), expected: "an array of keys, which may be empty")
        var entries: [APIKeyEntry] = []
        entries.reserveCapacity(list.count)
        for object in list { entries.append(try entry(object)) }
        return entries
    }

    private static func entry(_ object: ConfigurationObject) throws(ConfigurationError) -> APIKeyEntry {
        let id = try object.required("id", try object.string("id"), expected: "the name between the first two underscores of the key")
        let subject = try object.required("subject", try object.string("subject"), expected: "whose key it is")
        let written = try object.required("hash", try object.string("hash"), expected: Self.hashForm)
        guard written.hasPrefix("sha256:"), let hash = TokenDigest(hexadecimal: String(written.dropFirst(7))) else {
            throw ConfigurationError(path: object.place(of: "hash"), message: "is something else: give \(hashForm)")
        }
        let expiresAt = try object.string("expires").map { text throws(ConfigurationError) in
            guard let time = UTCTime.milliseconds(text) else {
                throw ConfigurationError(path: object.place(of: "expires"), message: "is no time: give one such as 2027-01-31T00:00:00Z")
            }
            return time
        }
        return APIKeyEntry(
            id: id, hash: hash, subject: subject, tenant: try object.string("tenant"), scopes: Set(try object.strings("scopes") ?? []),
            expiresAt: expiresAt, isDisabled: try object.bool("disabled") ?? false)
    }

    private static let hashForm = "\"sha256:\" and 64 hexadecimal digits, the hash of the key and never the key itself; `interlock key` makes both"

    private static func invalid(_ path: String, _ reason: String) -> AuthorizationError {
        AuthorizationError(.invalidKeyFile, "API keys: \"\(path)\" \(reason)")
    }
}
