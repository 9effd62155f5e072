import InterlockConcurrency

/// The machine of a ``KeyedMutex`` with its table of keys, joined as the type joins them; with a guard taken out it is the
/// negative control.
struct KeyedMutexSubject {
    enum Fault: CaseIterable, Sendable {
        /// Takes the keys one after the other, and holds those it has while it waits.
        case takesOneByOne
        /// Forgets the last of several keys.
        case forgetsOneKey
        /// A key that is named twice is given back once.
        case keepsTheKey
        /// Who had to leave for another is not told.
        case forgetsEvicted
        /// Who is let in by somebody's leaving is not told, if there is another who is.
        case forgetsOneOfSeveral
        /// Who gives up keeps its place.
        case keepsWhoGaveUp
    }

    private struct Request {
        let keys: [Int]
        var lines: [Int32]
        var wanted: [Int32]
        var tickets: [KeyedMutexStateMachine<Int>.Ticket] = []
        var asker: Int32
    }

    private let fault: Fault?
    private var table = KeyTable<Int>()
    private var machine: KeyedMutexStateMachine<Int>
    private var requests: [Int: Request] = [:]

    init(_ queue: QueueConfiguration, fault: Fault? = nil) {
        machine = KeyedMutexStateMachine(queue: queue)
        self.fault = fault
    }

    var waiting: Int { machine.waiting }
    var holders: Int { machine.holders }
    var keysInUse: Int { table.count }

    mutating func tryLock(_ id: Int, _ keys: [Int]) -> KeyedMutexAnswer {
        let lines = retain(keys)
        guard let ticket = machine.tryLock(lines) else {
            release(keys)
            return KeyedMutexAnswer(own: .refused)
        }
        requests[id] = Request(keys: keys, lines: lines, wanted: [], tickets: [ticket], asker: 0)
        return KeyedMutexAnswer(own: .granted)
    }

    mutating func lock(_ id: Int, _ keys: [Int], by asker: Int32, due: MonotonicTime?) -> KeyedMutexAnswer {
        let lines = retain(keys)
        var wanted = fault == .forgetsOneKey && lines.count > 1 ? Array(lines.dropLast()) : lines
        let first = fault == .takesOneByOne ? [wanted.removeFirst()] : wanted
        if fault != .takesOneByOne { wanted = [] }
        wanted.removeAll { first.contains($0) }
        requests[id] = Request(keys: keys, lines: lines, wanted: wanted, asker: asker)
        switch machine.lock(id, first, by: asker, Patience(now: .zero, deadline: due)) {
        case .granted(let ticket):
            requests[id]?.tickets.append(ticket)
            return advance(id) ? KeyedMutexAnswer(own: .granted) : KeyedMutexAnswer(own: .queued)
        case .refused:
            end(id)
            return KeyedMutexAnswer(own: .refused)
        case .queued(let ticket, let evicted, let granted):
            requests[id]?.tickets.append(ticket)
            if let evicted { end(evicted) }
            return KeyedMutexAnswer(own: .queued, evicted: fault == .forgetsEvicted ? nil : evicted, granted: told(granted))
        }
    }

    mutating func unlock(_ id: Int) -> KeyedMutexAnswer {
        guard let request = requests[id] else { return KeyedMutexAnswer(own: .refused) }
        end(id)
        return KeyedMutexAnswer(granted: request.tickets.reduce(into: []) { $0.formUnion(told(machine.unlock($1).granted)) })
    }

    mutating func cancel(_ id: Int) -> KeyedMutexAnswer {
        if fault == .keepsWhoGaveUp { return KeyedMutexAnswer() }
        guard let request = requests[id], let last = request.tickets.last, let left = machine.giveUp(last, .cancelled) else {
            return KeyedMutexAnswer(own: .refused)
        }
        end(id)
        var granted = told(left.effects.granted)
        for ticket in request.tickets.dropLast() { granted.formUnion(told(machine.unlock(ticket).granted)) }
        return KeyedMutexAnswer(granted: granted)
    }

    mutating func setDepth(_ depth: Int) { machine.setQueueDepth(depth) }

    private mutating func retain(_ keys: [Int]) -> [Int32] { keys.map { table.retain($0) } }
    private mutating func release(_ keys: [Int]) { for key in keys { table.release(key) } }

    private mutating func end(_ id: Int) {
        guard let request = requests.removeValue(forKey: id) else { return }
        release(fault == .keepsTheKey ? Array(Set(request.keys)) : request.keys)
    }

    /// Takes what a request still wants, one by one. Returns whether it holds everything.
    private mutating func advance(_ id: Int) -> Bool {
        while let next = requests[id]?.wanted.first, let asker = requests[id]?.asker {
            requests[id]?.wanted.removeAll { $0 == next }
            switch machine.lock(id, [next], by: asker, Patience(now: .zero)) {
            case .granted(let ticket): requests[id]?.tickets.append(ticket)
            case .queued(let ticket, _, _):
                requests[id]?.tickets.append(ticket)
                return false
            case .refused: return false
            }
        }
        return true
    }

    private mutating func told(_ granted: [Int]) -> Set<Int> {
        let told = fault == .forgetsOneOfSeveral && granted.count > 1 ? Array(granted.dropLast()) : granted
        return Set(told.filter { advance($0) })
    }
}
