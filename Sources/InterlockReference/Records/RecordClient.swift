import InterlockConcurrency
import InterlockJSON
import Synchronization

/// Asks the record service within its limits: whoever waits is served in order, and no request is sent that would be refused.
///
/// With the limits of the service, 5 requests a window and 5 in flight, 50 callers at once are served in nine windows.
final class RecordClient: Sendable {
    private let http: any RecordExchange
    private let limiter: Limiter?
    private let slots: Mutex<PacedSlots>
    private let clock: any SchedulingClock

    /// Attempts on a 429, which comes only when somebody else uses up the service's limits.
    static let maximumAttempts = 4

    /// - Parameter mode: `unsafe` sends at once and takes a refusal for an answer.
    init(http: any RecordExchange, limits: RecordLimits = RecordLimits(), mode: DemoMode, clock: any SchedulingClock = SystemClock.shared) {
        let places = min(limits.requests, limits.inFlight)
        self.http = http
        self.limiter = mode == .guarded ? Limiter(limit: places, queue: QueueConfiguration(depth: 1_000), name: "the record service", clock: clock) : nil
        self.slots = Mutex(PacedSlots(slots: places, rest: limits.window))
        self.clock = clock
    }

    /// The record with this id. Cancellation ends the wait and closes the connection.
    func record(_ id: String) async throws -> Record {
        guard let limiter else { return try await unpaced(id) }
        return try await limiter.withPermit {
            var attempt = 0
            while true {
                attempt += 1
                switch try await paced(id) {
                case .record(let record): return record
                case .notFound: throw RecordError(message: "There is no record '\(id)'.")
                case .tooManyRequests(let retryAfter):
                    guard attempt < Self.maximumAttempts else {
                        throw RecordError(message: "The record service is busy (429) after \(attempt) attempts; try again in \(retryAfter.wholeSecondsRoundedUp) s.")
                    }
                    try await clock.sleep(for: retryAfter)
                }
            }
        }
    }

    /// One request, on a slot that has rested. Holders of a permit always find a slot: there are as many.
    private func paced(_ id: String) async throws -> RecordResponse {
        guard let slot = slots.withLock({ $0.take() }) else { preconditionFailure("more requests than permits") }
        do {
            try await clock.sleep(until: slot.readyAt)
        } catch {
            slots.withLock { $0.putBackUnused(slot) }
            throw error
        }
        defer { slots.withLock { $0.putBack(slot, usedUntil: clock.now) } }
        return try await http.get(id)
    }

    private func unpaced(_ id: String) async throws -> Record {
        switch try await http.get(id) {
        case .record(let record): return record
        case .notFound: throw RecordError(message: "There is no record '\(id)'.")
        case .tooManyRequests(let retryAfter):
            throw RecordError(message: "The record service refused with 429; try again in \(retryAfter.wholeSecondsRoundedUp) s.")
        }
    }
}

/// One request to the record service and its answer, without any pacing.
protocol RecordExchange: Sendable {
    func get(_ id: String) async throws -> RecordResponse
}

/// Why there is no record.
struct RecordError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
