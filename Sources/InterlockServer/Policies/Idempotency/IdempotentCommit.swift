import InterlockStorage
import Synchronization

/// Ties the changes of one idempotent call to its key: the commit that makes them leaves a mark, and no second run can leave it again.
///
/// So of two runs that both believe they hold the key, one takes effect; and whether a run whose instance died took effect can be looked up.
final class IdempotentCommit: Sendable {
    private let name: String
    private let keeping: Duration
    private let made = Mutex(false)
    private let begun = Atomic(false)

    init(name: String, keeping: Duration) {
        self.name = name
        self.keeping = keeping
    }

    /// Whether the handler was started: before that, whatever goes wrong has changed nothing.
    var hasBegun: Bool { begun.load(ordering: .acquiring) }

    /// Whether a commit of this run was confirmed.
    var isMade: Bool { made.withLock { $0 } }

    func handlerBegins() { begun.store(true, ordering: .releasing) }

    /// What belongs to the first commit of the call: the mark must not be there yet. Later commits of the same call carry none.
    func changes(under prefix: String) -> [StateChange] {
        isMade ? [] : [StateChange(Self.mark(name, under: prefix), expecting: .absent, value: [1], expiresAfter: keeping)]
    }

    func committed() { made.withLock { $0 = true } }

    /// Whether the mark is there although this run has not left it: another run took effect.
    func wasMadeByOther(under prefix: String, in store: any StateStore) async throws(StoreError) -> Bool {
        guard !isMade else { return false }
        return try await store.load([Self.mark(name, under: prefix)])[0] != nil
    }

    static func mark(_ name: String, under prefix: String) -> String { prefix + "once:" + name }
}

/// Another run of the same idempotent call has taken effect meanwhile.
struct AlreadyCommitted: Error {}
