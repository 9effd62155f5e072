import InterlockConcurrency
import Synchronization
import Tracing

/// What is noted of one call on its way.
final class CallObservation: Sendable {
    let began: MonotonicTime
    let name: String?
    let span: (any Span)?
    /// Nanoseconds from the arrival to the handler; negative until it begins.
    private let waited = Atomic<Int64>(-1)
    private let isEnded = Atomic<Bool>(false)

    init(began: MonotonicTime, name: String?, span: (any Span)?) {
        self.began = began
        self.name = name
        self.span = span
    }

    /// How long the call waited before its handler began; `nil` if it never did.
    var wait: Duration? {
        let nanoseconds = waited.load(ordering: .relaxed)
        return nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
    }

    func handlerBegins(_ now: MonotonicTime) {
        _ = waited.compareExchange(expected: -1, desired: max(0, now.nanoseconds - began.nanoseconds), ordering: .relaxed)
    }

    /// True for the first end.
    func end() -> Bool { !isEnded.exchange(true, ordering: .relaxed) }
}
