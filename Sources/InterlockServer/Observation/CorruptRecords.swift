import CoreMetrics
import InterlockStorage
import Logging
import Synchronization

/// Records of the stores that could not be read: each is counted, the first of each kind is said in the log, and whoever asked for one is answered as
/// if it were not there.
final class CorruptRecords: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case session
    }

    private let logger: Logger
    private let counters: [Kind: Counter]
    // interlock:allow unbounded-growth because there is one entry for each kind, and the kinds are an enumeration
    private let told = Mutex<Set<Kind>>([])

    init(_ configuration: ServerConfiguration) {
        logger = configuration.logger
        counters = configuration.metrics.map { factory in
            Dictionary(uniqueKeysWithValues: Kind.allCases.map { kind in
                (kind, Counter(label: "interlock_store_corrupt_records_total", dimensions: [("kind", kind.rawValue)], factory: factory))
            })
        } ?? [:]
    }

    func note(_ kind: Kind, _ error: StoreError) {
        counters[kind]?.increment()
        guard told.withLock({ $0.insert(kind).inserted }) else { return }
        logger.error("a record in a store cannot be read and counts as absent; further ones of its kind are only counted", metadata: [
            "event": "corrupt_record", "kind": "\(kind.rawValue)", "error": "\(error)",
        ])
    }
}
