import InterlockConcurrency

/// The slowest calls of the last minutes: so many for each minute, in a few hundred bytes each.
struct SlowestCalls: Sendable {
    private struct Minute {
        var number: Int64
        var calls: [CallRecord] = []
    }

    static let perMinute = 20
    static let minutes = 5
    private var kept: [Minute] = []

    /// Whether a call of this duration would be kept: asked before a record of it is made.
    func wants(_ duration: Duration, at now: MonotonicTime) -> Bool {
        guard let last = kept.last, last.number == Self.minute(now), last.calls.count >= Self.perMinute else { return true }
        return duration > (last.calls.last?.duration ?? .zero)
    }

    /// What a call must take longer than to be kept, for who asks without the lock: it holds for one minute, and only rises in it.
    var threshold: SlowestCallThreshold {
        guard let last = kept.last, last.calls.count >= Self.perMinute, let shortest = last.calls.last else { return .none }
        return SlowestCallThreshold(minute: last.number, duration: shortest.duration)
    }

    mutating func insert(_ call: CallRecord, at now: MonotonicTime) {
        let number = Self.minute(now)
        if kept.last?.number != number {
            kept.append(Minute(number: number))
            if kept.count > Self.minutes { kept.removeFirst() }
        }
        let last = kept.count - 1
        let place = kept[last].calls.firstIndex { $0.duration < call.duration } ?? kept[last].calls.count
        kept[last].calls.insert(call, at: place)
        if kept[last].calls.count > Self.perMinute { kept[last].calls.removeLast() }
    }

    /// The slowest first.
    func all(at now: MonotonicTime) -> [CallRecord] {
        kept.filter { $0.number > Self.minute(now) - Int64(Self.minutes) }.flatMap(\.calls).sorted { $0.duration > $1.duration }
    }

    static func minute(_ time: MonotonicTime) -> Int64 { time.nanoseconds / 60_000_000_000 }
}
