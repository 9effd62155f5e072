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
    private static let members: Set<String> = ["id", "hash", "subject", "tenant", "scopes", "expires", "disabled"]

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
    /// - Throws: ``AuthorizationError`` with the place of the first thing that is not as it must be. Never shows a value that could be a key.
    public init(parsing bytes: [UInt8]) throws(AuthorizationError) {
        let json: RawJSON
        do throws(JSONError) {
            json = try RawJSON(bytes, limits: JSONLimits(maximumBytes: Self.maximumBytes, maximumDepth: 8, maximumKeys: Self.maximumKeys * 8))
        } catch {
            throw Self.invalid("the file", "is no JSON text within its limits (\(error.code)\(error.offset.map { " at byte \($0)" } ?? ""))")
        }
        guard let root = json.members, root.count == 1, root[0].key == "keys", let list = root[0].value.elements else {
            throw Self.invalid("the file", "must be an object with exactly one member, the array \"keys\"")
        }
        guard list.count <= Self.maximumKeys else { throw Self.invalid("keys", "has \(list.count) entries; at most \(Self.maximumKeys) are accepted") }
        var entries: [APIKeyEntry] = []
        entries.reserveCapacity(list.count)
        for (place, entry) in list.enumerated() { entries.append(try Self.entry(entry, "keys[\(place)]")) }
        try self.init(entries)
    }

    /// The entry of an id; compared by bytes, since ids are ASCII.
    func entry(_ id: String) -> APIKeyEntry? { entries[id] }

    private static func entry(_ json: RawJSON, _ path: String) throws(AuthorizationError) -> APIKeyEntry {
        guard let list = json.members else { throw invalid(path, "must be an object") }
        var values: [String: RawJSON] = [:]
        for (name, value) in list {
            guard members.contains(name) else { throw invalid(path, "has a member that is not known; known are \(members.sorted().joined(separator: ", "))") }
            guard values.updateValue(value, forKey: name) == nil else { throw invalid(path, "has the member \"\(name)\" twice") }
        }
        func text(_ name: String) throws(AuthorizationError) -> String? {
            guard let value = values[name], !value.isNull else { return nil }
            guard let text = value.string else { throw invalid("\(path).\(name)", "must be a string") }
            return text
        }
        guard let id = try text("id") else { throw invalid(path, "lacks \"id\"") }
        guard let subject = try text("subject") else { throw invalid(path, "lacks \"subject\"") }
        guard let written = try text("hash") else { throw invalid(path, "lacks \"hash\"") }
        guard written.hasPrefix("sha256:"), let hash = TokenDigest(hexadecimal: String(written.dropFirst(7))) else {
            throw invalid(path + ".hash", "must be \"sha256:\" and 64 hexadecimal digits: the hash of the key, never the key itself")
        }
        var scopes: Set<String> = []
        if let value = values["scopes"], !value.isNull {
            guard let elements = value.elements else { throw invalid(path + ".scopes", "must be an array of strings") }
            for element in elements {
                guard let scope = element.string else { throw invalid(path + ".scopes", "must be an array of strings") }
                scopes.insert(scope)
            }
        }
        var expiresAt: Int64?
        if let text = try text("expires") {
            guard let time = UTCTime.milliseconds(text) else { throw invalid(path + ".expires", "must be a time as in 2027-01-31T00:00:00Z") }
            expiresAt = time
        }
        var isDisabled = false
        if let value = values["disabled"] {
            guard let flag = value.bool else { throw invalid(path + ".disabled", "must be true or false") }
            isDisabled = flag
        }
        return APIKeyEntry(id: id, hash: hash, subject: subject, tenant: try text("tenant"), scopes: scopes, expiresAt: expiresAt, isDisabled: isDisabled)
    }

    private static func invalid(_ path: String, _ reason: String) -> AuthorizationError {
        AuthorizationError(.invalidKeyFile, "API keys: \(path) \(reason)")
    }
}
