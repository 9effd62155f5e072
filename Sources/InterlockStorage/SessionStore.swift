/// Remembers sessions beyond the process that serves them.
///
/// The runtime keeps live sessions in memory by itself; a store is asked when a session id arrives that this process does not know, or whose session may
/// have ended elsewhere unheard, and told when a session is made, changes or ends. Implementations are safe to call from anywhere at once, and a failure is
/// thrown, never hidden: the runtime then answers 503 with `Retry-After`, so that the client comes back rather than begins anew.
/// `SessionStoreConformance` in `InterlockTesting` says when an implementation is done.
public protocol SessionStore: Sendable {
    /// Makes or replaces the record with this id.
    func save(_ record: SessionRecord) async throws
    /// Makes the record if its tenant has room for one more session, in one step with counting those it has, whoever made them; false, with nothing
    /// made, if it has none.
    ///
    /// A session counts once however often it is saved, loaded or touched, on whatever instance. Its place is free again when it was removed, when
    /// it is older than the quota says, or, in a store that forgets by a clock of its own, at the latest when that has forgotten it: an instance
    /// that crashed takes no places with it. Without a ``SessionRecord/tenant`` a record counts among nobody's and is always made.
    func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool
    /// Replaces the record with this id if it is there in this version, keeping the later of both times of last use. False, with nothing changed, if it
    /// is there in another version, or not there: a session that was removed is never made again by one who does not know.
    func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool
    /// The record with this id, or `nil`. One that is there and cannot be read is ``StoreError/Code/corrupt``: the runtime takes it for absent, and says so.
    /// Ids are compared byte for byte here and in every other call.
    func load(_ id: String) async throws -> SessionRecord?
    /// Notes the last use of the session: the latest of several, whatever order they come in. Unknown ids are ignored. `time` in
    /// milliseconds since the Unix epoch.
    func touch(_ id: String, at time: Int64) async throws
    /// Forgets the session; unknown ids are ignored. The client that ends its session waits for it: bound how long it may take, and throw then.
    func remove(_ id: String) async throws
    /// Forgets sessions made before `created` or last used before `used`, and returns how many. Milliseconds since the Unix epoch.
    func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int
    /// How many sessions are remembered.
    func count() async throws -> Int
}
