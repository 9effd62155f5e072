import Synchronization

/// Decides whether a tool's handler may start on the thread that read its request.
///
/// That saves a thread hand-off, which costs more than a short handler; but a handler that computes for long would hold up every
/// connection of that thread. So the right is earned, by `provingCalls` calls that were done within `fastNanoseconds`, and lost
/// when handlers hold their thread: stretches over `slowNanoseconds` add up, every other call forgives a little, and past
/// `toleratedNanoseconds` it takes `penaltyCalls` fast calls to earn the right again. A stretch that long loses it at once; the
/// operating system taking the processor away for a moment, which looks the same from here, does not.
struct InlinePromotion: Sendable {
    /// What a tool's next call is entitled to.
    enum Standing: UInt8, AtomicRepresentable {
        /// It starts on the cooperative pool.
        case scheduled
        /// It starts on the thread that read it, and something is held against the tool.
        case inline
        /// It starts on the thread that read it; another fast call changes nothing.
        case inlineWithoutBlemish
    }

    static let provingCalls = 16
    static let fastNanoseconds: Int64 = 100_000
    static let slowNanoseconds: Int64 = 500_000
    static let toleratedNanoseconds: Int64 = 16_000_000
    static let forgivenNanoseconds: Int64 = 20_000
    static let penaltyCalls = 4_096

    /// Fast calls still to be seen; zero means inline.
    private(set) var remaining = Self.provingCalls
    private var held: Int64 = 0

    var isInline: Bool { remaining == 0 }
    var standing: Standing { !isInline ? .scheduled : held > 0 ? .inline : .inlineWithoutBlemish }

    /// Notes how long a handler held its thread before it returned or first suspended; off the inline path, how long it took as a whole.
    mutating func observe(nanoseconds: Int64) {
        if isInline {
            held = nanoseconds > Self.slowNanoseconds ? held + nanoseconds : max(0, held - Self.forgivenNanoseconds)
            guard held > Self.toleratedNanoseconds else { return }
            held = 0
            remaining = Self.penaltyCalls
        } else if nanoseconds <= Self.fastNanoseconds {
            remaining -= 1
        }
    }
}
