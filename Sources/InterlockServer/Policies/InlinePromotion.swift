/// Decides whether a tool's handler may start on the thread that read its request.
///
/// That saves a thread hand-off, which costs more than a short handler; but a handler that computes for long would hold up every
/// connection of that thread. So the right is earned: only after `provingCalls` calls in a row that were done within
/// `fastNanoseconds`, and one slow stretch takes it away for `penaltyCalls` calls.
struct InlinePromotion: Sendable {
    static let provingCalls = 16
    static let fastNanoseconds: Int64 = 100_000
    static let slowNanoseconds: Int64 = 500_000
    static let penaltyCalls = 4_096

    /// Fast calls still to be seen; zero means inline.
    private(set) var remaining = Self.provingCalls

    var isInline: Bool { remaining == 0 }

    /// Notes how long a handler held its thread before it returned or first suspended. Called off the inline path with the call's whole duration.
    mutating func observe(nanoseconds: Int64) {
        if isInline {
            if nanoseconds > Self.slowNanoseconds { remaining = Self.penaltyCalls }
        } else if nanoseconds <= Self.fastNanoseconds {
            remaining -= 1
        } else if nanoseconds > Self.slowNanoseconds {
            remaining = max(remaining, Self.provingCalls)
        }
    }
}
