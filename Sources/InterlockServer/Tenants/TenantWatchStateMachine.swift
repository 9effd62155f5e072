import InterlockStorage

/// What a look at the shared tenant configuration means: pure.
struct TenantWatchStateMachine {
    /// What to do about it.
    enum Action: Sendable, Equatable {
        case nothing
        /// Another configuration was put: to be checked, and used if it is good.
        case take([UInt8], version: UInt64)
        /// It was removed: the one in force stays.
        case missing
        /// The store does not answer, for the first time since it last did.
        case lost(StoreError)
        /// It answers again, and nothing has changed.
        case found

        static func == (a: Action, b: Action) -> Bool {
            switch (a, b) {
            case (.nothing, .nothing), (.missing, .missing), (.found, .found): true
            case (.take(let bytes, let version), .take(let others, let other)): bytes == others && version == other
            case (.lost(let error), .lost(let other)): error.code == other.code
            default: false
            }
        }
    }

    /// What was there at the last look that was answered; `nil` before there was one.
    private var seen: UInt64??
    private var isLost = false

    /// The store was asked, and this came of it.
    mutating func looked(_ result: Result<StoredState?, StoreError>) -> Action {
        switch result {
        case .failure(let error):
            defer { isLost = true }
            return isLost ? .nothing : .lost(error)
        case .success(let document):
            defer {
                seen = .some(document?.version)
                isLost = false
            }
            if let seen, seen == document?.version { return isLost ? .found : .nothing }
            return document.map { .take($0.value, version: $0.version) } ?? .missing
        }
    }
}
