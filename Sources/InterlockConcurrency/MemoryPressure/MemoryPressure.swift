import Synchronization

/// Has caches give memory back when the system runs short of it.
///
/// ```swift
/// let pressure = MemoryPressure()
/// pressure.relieve(pages)                       // an LRUCache; as many as there are
/// async let watch: Void = pressure.run()        // in the group of the program's services
/// ```
///
/// A cache's bound is what it may hold in good times; under pressure it keeps a share of what it holds, of what was used
/// last, and fills again afterwards. Without ``run()`` nothing happens.
public final class MemoryPressure: Sendable {
    private struct Cache: Sendable {
        /// Has the cache keep a share of what it holds. Returns what it gave back; `nil` when the cache is gone.
        let keep: @Sendable (Double) -> Int?
    }

    private struct State {
        var machine: MemoryPressureStateMachine
        var caches: [Cache] = []
        var freed = 0
    }

    private let state: Mutex<State>
    private let configuration: MemoryPressureConfiguration
    private let reader: any MemoryReader
    private let clock: any SchedulingClock

    /// Makes a source that looks at nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: When caches give back, and how much.
    ///   - reader: Where readings come from.
    ///   - clock: Decides when to look.
    public init(
        _ configuration: MemoryPressureConfiguration = .init(), reader: any MemoryReader = SystemMemoryReader(),
        clock: any SchedulingClock = SystemClock.shared
    ) {
        self.configuration = configuration
        self.reader = reader
        self.clock = clock
        state = Mutex(State(machine: MemoryPressureStateMachine(configuration)))
    }

    /// Has a cache give memory back under pressure from now on. Does not keep the cache alive; one that is gone is forgotten.
    public func relieve<Key, Value>(_ cache: LRUCache<Key, Value>) {
        relieve { [weak cache] share in
            guard let cache else { return nil }
            return cache.trim(toBytes: Int(Double(cache.bytes) * share))
        }
    }

    /// Has anything give memory back under pressure from now on.
    ///
    /// - Parameter keep: Is given the share to keep, 0 to 1, on the task of ``run()``, and returns what it gave back; `nil` to be
    ///   told no more.
    public func relieve(_ keep: @escaping @Sendable (_ share: Double) -> Int?) {
        state.withLock { $0.caches.append(Cache(keep: keep)) }
    }

    /// Looks at memory again and again, until the task is cancelled. Call it once.
    public func run() async {
        while !Task.isCancelled {
            do { try await clock.sleep(for: configuration.interval) } catch { return }
            look()
        }
    }

    /// Looks once, now: for who has a loop of their own instead of ``run()``, one call at a time. Returns what was given back.
    @discardableResult
    public func look() -> Int {
        let reading = reader.read()
        let now = clock.now
        let (kept, caches) = state.withLock { state in
            let kept = state.machine.observe(reading, now: now)
            return (kept, kept == nil ? [] : state.caches)
        }
        guard let kept else { return 0 }
        let answers = caches.map { $0.keep(kept) }
        let freed = answers.reduce(0) { $0 + ($1 ?? 0) }
        state.withLock { state in
            // Those that came meanwhile stand behind.
            let alive = zip(caches, answers).filter { $0.1 != nil }.map(\.0)
            state.caches.replaceSubrange(..<caches.count, with: alive)
            state.freed += freed
        }
        return freed
    }

    /// The state and the counters now.
    public var snapshot: MemoryPressureSnapshot {
        state.withLock { state in
            MemoryPressureSnapshot(
                latest: state.machine.latest, readings: state.machine.readings, unreadable: state.machine.unreadable,
                reliefs: state.machine.reliefs, freed: state.freed, caches: state.caches.count)
        }
    }
}
