package import InterlockConcurrency

/// The messages that wait to be written to one peer: in order, bounded by bytes, one writer at a time, with a write deadline.
///
/// Pure: it never writes. Whoever is told ``Offer/write`` holds the writer's role and calls ``next()`` and
/// ``wrote(_:now:)`` until ``next()`` says that there is nothing more; meanwhile everybody else only adds to the queue.
/// The role may be passed to another thread, it is never doubled.
package struct OutboundQueue<Waiting: Sendable>: Sendable {
    /// What to do after an offer.
    package enum Offer: Sendable, Hashable {
        /// Not queued.
        case refused(SendOutcome)
        /// Queued; the present writer will come to it.
        case joined
        /// Queued, and the caller is the writer now.
        case write
    }

    /// What the writer does next.
    package enum Next: Sendable {
        case message([UInt8])
        /// The role ends here; the next offer makes a new writer.
        case idle
        /// The role ends here and so does the queue: everything was written, or the queue failed.
        case ended
    }

    /// What a sender that found the queue full does.
    package enum Room {
        case ready
        case suspended(UInt64)
        case ended(TransportError)
    }

    private enum Phase {
        case open, closing, finished
        case failed(TransportError)
    }

    private let byteBudget: Int
    private let writeDeadline: Duration
    private var phase = Phase.open
    private var messages: [[UInt8]] = []
    private var head = 0
    private var hasWriter = false
    private var isHeld = false
    /// Whether a message found no room since the queue was half empty last.
    private var hasRefused = false
    private var lastProgress = MonotonicTime.zero
    private var waiting: [(id: UInt64, token: Waiting)] = []
    private var nextWaiterID: UInt64 = 0

    /// The bytes that were accepted and not yet written.
    package private(set) var unsentBytes = 0

    package init(byteBudget: Int, writeDeadline: Duration) {
        self.byteBudget = byteBudget
        self.writeDeadline = writeDeadline
    }

    /// Above this many unsent bytes a sender has to wait; at or below it any one message is taken, so that a message
    /// larger than the budget gets through alone.
    private var lowWaterMark: Int { byteBudget / 2 }

    /// Whether nothing that has to be answered should be taken from the peer: more than three quarters of the budget wait, or a message was refused.
    /// Over when no more than half of it waits, so that a peer that reads is not stopped for each message.
    package var isNearlyFull: Bool { hasRefused || unsentBytes > byteBudget / 4 * 3 }

    package mutating func offer(_ bytes: [UInt8], now: MonotonicTime) -> Offer {
        guard case .open = phase else { return .refused(.closed) }
        if unsentBytes > lowWaterMark, unsentBytes + bytes.count > byteBudget {
            hasRefused = true
            return .refused(.full)
        }
        if unsentBytes == 0 { lastProgress = now }
        unsentBytes += bytes.count
        messages.append(bytes)
        if hasWriter || isHeld { return .joined }
        hasWriter = true
        return .write
    }

    /// The next message for the writer. What it has taken stays in ``unsentBytes`` until it says ``wrote(_:now:)``.
    package mutating func next() -> Next {
        if hasEnded {
            hasWriter = false
            return .ended
        }
        if head < messages.count, !isHeld {
            let message = messages[head]
            messages[head] = []
            head += 1
            if head == messages.count {
                messages.removeAll(keepingCapacity: messages.count <= 64)
                head = 0
            } else if head >= 256, head * 2 >= messages.count {
                messages.removeFirst(head)
                head = 0
            }
            return .message(message)
        }
        hasWriter = false
        guard case .closing = phase, head == messages.count else { return .idle }
        phase = .finished
        return .ended
    }

    /// Notes that the writer got rid of `count` bytes. Returns the senders that may try again.
    package mutating func wrote(_ count: Int, now: MonotonicTime) -> [Waiting] {
        if hasEnded { return [] }
        unsentBytes -= count
        lastProgress = now
        guard unsentBytes <= lowWaterMark else { return [] }
        hasRefused = false
        return takeWaiting()
    }

    /// Stops or resumes handing messages to the writer. Returns whether the caller is the writer now.
    package mutating func hold(_ isHeld: Bool, now: MonotonicTime) -> Bool {
        self.isHeld = isHeld
        guard !isHeld, !hasWriter, head < messages.count || isClosing else { return false }
        lastProgress = now
        hasWriter = true
        return true
    }

    /// When the write deadline passes if nothing is written until then; `nil` while nothing waits.
    package var deadline: MonotonicTime? {
        if hasEnded { return nil }
        return unsentBytes > 0 ? lastProgress + writeDeadline : nil
    }

    /// Takes no more messages. Returns whether the caller is the writer now and has to run the queue to its end.
    package mutating func close() -> Bool {
        guard case .open = phase else { return false }
        phase = .closing
        guard !hasWriter, !isHeld else { return false }
        hasWriter = true
        return true
    }

    /// Drops everything that waits. Returns the senders to tell, and whether the caller must end the queue itself
    /// because no writer is there to see it; `nil` when the queue had ended before.
    package mutating func fail(_ error: TransportError) -> (waiting: [Waiting], mustEnd: Bool)? {
        if hasEnded { return nil }
        phase = .failed(error)
        messages = []
        head = 0
        unsentBytes = 0
        hasRefused = false
        return (takeWaiting(), !hasWriter)
    }

    /// Asks for room on behalf of a sender that was refused.
    package mutating func wait(_ token: Waiting) -> Room {
        switch phase {
        case .failed(let error): return .ended(error)
        case .closing, .finished: return .ended(TransportError(.closed, "the stream was ended from this side; nothing more can be sent on it"))
        case .open: break
        }
        if unsentBytes <= lowWaterMark { return .ready }
        nextWaiterID += 1
        waiting.append((nextWaiterID, token))
        return .suspended(nextWaiterID)
    }

    /// Takes a sender out of the line; `nil` when it has left already.
    package mutating func cancelWait(_ id: UInt64) -> Waiting? {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return nil }
        return waiting.remove(at: index).token
    }

    private var hasEnded: Bool {
        switch phase {
        case .open, .closing: false
        case .finished, .failed: true
        }
    }

    private var isClosing: Bool {
        if case .closing = phase { true } else { false }
    }

    private mutating func takeWaiting() -> [Waiting] {
        if waiting.isEmpty { return [] }
        let tokens = waiting.map(\.token)
        waiting = []
        return tokens
    }
}
