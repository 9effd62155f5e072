/// How many calls ended in which way: fixed counters, because every call counts here.
struct OutcomeCounts: Sendable, Hashable {
    private var ok = 0
    private var toolError = 0
    private var rpcError = 0
    private var busy = 0
    private var transportError = 0

    /// Makes counters of zero.
    init() {}

    subscript(kind: CallOutcome) -> Int {
        get {
            switch kind {
            case .ok: ok
            case .toolError: toolError
            case .rpcError: rpcError
            case .busy: busy
            case .transportError: transportError
            }
        }
        set {
            switch kind {
            case .ok: ok = newValue
            case .toolError: toolError = newValue
            case .rpcError: rpcError = newValue
            case .busy: busy = newValue
            case .transportError: transportError = newValue
            }
        }
    }

    /// Adds what others have counted.
    mutating func add(_ other: OutcomeCounts) {
        for kind in CallOutcome.allCases { self[kind] += other[kind] }
    }
}
