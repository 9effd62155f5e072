import InterlockConcurrency

/// What one listener of a bus has still to hear: one call at a time, and a bound that is admitted when it was reached.
struct BusQueue {
    private var waiting: RingBuffer<[UInt8]>
    /// Whether the oldest messages were dropped since the listener heard the last.
    private var hasGap = false
    private var isDelivering = false
    private var isEnded = false

    init(capacity: Int) {
        waiting = RingBuffer(capacity: capacity)
    }

    /// Adds a message; true if the caller is to deliver until ``next()`` gives nothing more.
    mutating func offer(_ message: [UInt8]) -> Bool {
        if isEnded { return false }
        if waiting.append(message) != nil { hasGap = true }
        if isDelivering { return false }
        isDelivering = true
        return true
    }

    /// What to hand over next; `nil` ends the delivery.
    mutating func next() -> BusEvent? {
        if isEnded { waiting.removeAll() }
        if !isEnded, hasGap {
            hasGap = false
            return .gap
        }
        if let message = waiting.popFirst() { return .message(message) }
        isDelivering = false
        return nil
    }

    /// Nothing more is handed over.
    mutating func end() {
        isEnded = true
        waiting.removeAll()
    }
}
