import InterlockConcurrency
@testable import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import NIOCore
import Testing

private func event(_ number: Int) -> OutboundEvent { OutboundEvent(data: [], id: "\(number)") }

@Suite("State of one exchange")
struct ExchangeStateMachineTests {
    @Test("the first and only word on the loop goes out directly; anywhere else it goes through the outbox with one hop")
    func directAnswer() {
        var onLoop = ExchangeStateMachine(budget: 10, isHeld: false)
        let direct = onLoop.end(.response(.accepted), onLoop: true)
        #expect(direct.direct && direct.work == .none)
        #expect(onLoop.send(event(1), bytes: 1, onLoop: true).outcome == .closed)
        var offLoop = ExchangeStateMachine(budget: 10, isHeld: false)
        #expect(offLoop.send(event(1), bytes: 1, onLoop: false).work == .hop)
        #expect(offLoop.send(event(2), bytes: 1, onLoop: false).work == .none)
        let queued = offLoop.end(.response(.accepted), onLoop: true)
        #expect(!queued.direct && queued.work == .drain)
        let taken = offLoop.take()
        #expect(taken.events.map(\.id) == ["1", "2"] && taken.ending != nil)
    }

    @Test("full from the budget on, free again below half of it")
    func budget() {
        var state = ExchangeStateMachine(budget: 10, isHeld: false)
        #expect(state.send(event(1), bytes: 6, onLoop: false).outcome == .sent)
        #expect(state.send(event(2), bytes: 6, onLoop: false).outcome == .sent)
        #expect(state.send(event(3), bytes: 6, onLoop: false).outcome == .full)
        let waiter = Waiter<TransportError?>()
        guard case .wait = state.room(waiter) else { return #expect(Bool(false), "there must be no room") }
        #expect(state.wrote(6).isEmpty)
        #expect(state.send(event(3), bytes: 6, onLoop: false).outcome == .full)
        #expect(state.wrote(6).count == 1)
        #expect(state.send(event(3), bytes: 6, onLoop: false).outcome == .sent)
    }

    @Test("held, it keeps everything; released, it lets go of it at once")
    func held() {
        var state = ExchangeStateMachine(budget: 10, isHeld: true)
        #expect(state.send(event(1), bytes: 1, onLoop: true).work == .none)
        #expect(state.end(.close, onLoop: true).work == .none)
        #expect(state.send(event(2), bytes: 1, onLoop: true).outcome == .closed)
        #expect(state.release() == .drain)
        #expect(state.release() == .none)
        #expect(state.take().events.count == 1)
    }

    @Test("the disconnect action runs once, at once if it is too late, never after a regular end")
    func disconnect() {
        let gone = TransportError(.closed, "gone")
        var state = ExchangeStateMachine(budget: 10, isHeld: false)
        #expect(!state.onDisconnect {})
        #expect(state.disconnect(gone).action != nil)
        #expect(state.disconnect(gone).action == nil)
        #expect(state.onDisconnect {})
        #expect(state.send(event(1), bytes: 1, onLoop: true).outcome == .closed)
        #expect(!state.end(.response(.accepted), onLoop: true).direct)
        var ended = ExchangeStateMachine(budget: 10, isHeld: false)
        #expect(!ended.onDisconnect {})
        _ = ended.end(.response(.accepted), onLoop: false)
        #expect(ended.disconnect(gone).action == nil)
        #expect(ended.take().ending == nil)
    }

    /// Plays senders on and off the loop against the loop's queue, in the order of a seed; returns what was written.
    private func play(seed: UInt64, isGuarded: Bool) -> (written: [Int], sent: [Int]) {
        var random = SeededRandom(seed: seed)
        var state = ExchangeStateMachine(budget: 1_000, isHeld: false)
        var written: [Int] = []
        var sent: [Int] = []
        var hops = 0
        func drain() {
            let (events, ending) = state.take()
            written += events.map { Int($0.id ?? "") ?? -1 }
            if case .response? = ending { written.append(.max) }
        }
        for number in 0..<8 {
            while hops > 0, random.next() % 3 == 0 {
                hops -= 1
                drain()
            }
            let isOnLoop = random.next() % 2 == 0
            sent.append(number)
            if isOnLoop && !isGuarded {
                written.append(number)  // straight to the channel, past what waits for its hop
                continue
            }
            switch state.send(event(number), bytes: 1, onLoop: isOnLoop).work {
            case .none: break
            case .drain: drain()
            case .hop: hops += 1
            }
        }
        sent.append(.max)
        let end = state.end(.response(.accepted), onLoop: random.next() % 2 == 0)
        if end.direct { written.append(.max) } else if end.work == .drain { drain() } else if end.work == .hop { hops += 1 }
        for _ in 0..<hops { drain() }
        return (written, sent)
    }

    @Test("in any order of threads and hops, what was said is written once and in order; past the outbox it is not")
    func order() {
        for seed in 0..<1_000 as Range<UInt64> {
            let (written, sent) = play(seed: seed, isGuarded: true)
            #expect(written == sent, "seed \(seed)")
        }
        let broken = (0..<100 as Range<UInt64>).first { seed in
            let (written, sent) = play(seed: seed, isGuarded: false)
            return written != sent
        }
        #expect(broken != nil, "the proof must fail without the outbox")
    }

    @Test("in any order of events the counts stay right: never negative, never over budget by more than one event")
    func invariants() {
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var state = ExchangeStateMachine(budget: 50, isHeld: random.next() % 4 == 0)
            var unsent = 0
            var kept = 0
            var resumed = 0
            for step in 0..<200 {
                switch random.next() % 8 {
                case 0, 1, 2:
                    let bytes = Int(random.next() % 20) + 1
                    if state.send(event(step), bytes: bytes, onLoop: random.next() % 2 == 0).outcome == .sent { unsent += bytes }
                case 3, 4:
                    let part = min(unsent, Int(random.next() % 30))
                    unsent -= part
                    resumed += state.wrote(part).count
                case 5:
                    if case .wait = state.room(Waiter()) { kept += 1 }
                case 6:
                    _ = state.take()
                default:
                    if random.next() % 16 == 0 { resumed += state.end(.close, onLoop: false).waiters.count }
                    if random.next() % 32 == 0 { resumed += state.disconnect(TransportError(.closed, "gone")).waiters.count }
                    _ = state.release()
                }
                #expect(state.unsentBytes == unsent && unsent < 50 + 20)
            }
            resumed += state.disconnect(TransportError(.closed, "gone")).waiters.count
            #expect(kept == resumed, "seed \(seed): every waiter is let go exactly once")
        }
    }
}

@Suite("The line of connections")
struct ConnectionQueueTests {
    private func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    @Test("served up to the limit, waiting up to the depth, refused beyond; the longest waiting is next")
    func table() {
        var queue = ConnectionQueueStateMachine<Int>(limit: 2, depth: 2, patience: .seconds(5))
        #expect((1...5).map { queue.arrive($0, now: time(0)) } == [.admit, .admit, .wait, .wait, .refuse])
        #expect(queue.leave(5) == nil)
        #expect(queue.leave(1) == 3)
        #expect(queue.leave(4) == nil)
        #expect(queue.arrive(6, now: time(3)) == .wait)
        #expect(queue.arrive(7, now: time(4)) == .wait)
        #expect(queue.expire(now: time(7)) == [])
        #expect(queue.expire(now: time(8)) == [6])
        #expect(queue.leave(2) == 7)
        #expect(queue.refuseAll() == [])
        #expect(queue.servedCount == 2 && queue.waitingCount == 0)
    }

    @Test("in any order of arrivals, departures and time: never over the limit, first come first served, nobody forgotten")
    func invariants() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var queue = ConnectionQueueStateMachine<Int>(limit: 3, depth: 4, patience: .seconds(10))
            var served: Set<Int> = []
            var line: [(ticket: Int, due: Int64)] = []
            var now: Int64 = 0
            for ticket in 0..<300 {
                switch random.next() % 5 {
                case 0, 1:
                    switch queue.arrive(ticket, now: time(now)) {
                    case .admit:
                        #expect(line.isEmpty && served.count < 3)
                        served.insert(ticket)
                    case .wait: line.append((ticket, now + 10))
                    case .refuse: #expect(line.count == 4)
                    }
                case 2:
                    guard let leaver = served.min() else { continue }
                    served.remove(leaver)
                    let next = queue.leave(leaver)
                    #expect(next == line.first?.ticket, "seed \(seed)")
                    if let next {
                        line.removeFirst()
                        served.insert(next)
                    }
                case 3:
                    guard !line.isEmpty else { continue }
                    #expect(queue.leave(line.remove(at: Int(random.next() % UInt64(line.count))).ticket) == nil)
                default:
                    now += Int64(random.next() % 6)
                    #expect(queue.expire(now: time(now)) == line.filter { $0.due <= now }.map(\.ticket))
                    line.removeAll { $0.due <= now }
                }
                #expect(queue.servedCount == served.count && queue.waitingCount == line.count && served.count <= 3)
            }
        }
    }
}

@Suite("The life of a server")
struct ServerLifecycleTests {
    private let address = ListeningAddress(host: "127.0.0.1", port: 1)

    @Test("it is over when the listener is closed and the last connection has gone, in either order")
    func end() {
        for listenerFirst in [true, false] {
            var state = ServerLifecycleStateMachine()
            #expect(state.start() && !state.start())
            #expect(!state.bound(address).ends)
            #expect(state.address == address)
            state.connectionOpened()
            let runner = Waiter<Void>()
            #expect(state.awaitEnd(runner) == nil)
            #expect(state.requestShutdown(windsDown: false) == .drain && state.requestShutdown(windsDown: true) == .nothing)
            if listenerFirst {
                #expect(state.listenerClosed() == nil)
                let closed = state.connectionClosed()
                #expect(closed.runner === runner)
            } else {
                let closed = state.connectionClosed()
                #expect(closed.runner == nil)
                #expect(state.listenerClosed() === runner)
            }
            #expect(state.address == nil && state.connectionCount == 0)
        }
    }

    @Test("winding down ends with the last connection or with its time, whichever comes first, and only once")
    func windingDown() {
        for lastLeaves in [true, false] {
            var state = ServerLifecycleStateMachine()
            _ = state.start()
            _ = state.bound(address)
            state.connectionOpened()
            #expect(state.requestShutdown(windsDown: true) == .windDown && state.requestShutdown(windsDown: true) == .nothing)
            #expect(state.address == nil)
            state.connectionOpened() // still served
            let first = state.connectionClosed()
            #expect(!first.drains)
            let (last, over, again): (Bool, Bool, Bool)
            if lastLeaves {
                last = state.connectionClosed().drains
                (over, again) = (state.graceIsOver(), state.graceIsOver())
            } else {
                (over, again) = (state.graceIsOver(), state.graceIsOver())
                last = state.connectionClosed().drains
            }
            #expect(last == lastLeaves && over == !lastLeaves && !again)
        }
        var idle = ServerLifecycleStateMachine()
        _ = idle.start()
        _ = idle.bound(address)
        #expect(idle.requestShutdown(windsDown: true) == .drain) // nobody is there to hear of it
    }

    @Test("those who wait for the address get it, or the reason why there is none")
    func waiters() {
        var state = ServerLifecycleStateMachine()
        let waiter = ServerLifecycleStateMachine.AddressWaiter()
        guard case .wait = state.awaitAddress(waiter) else { return #expect(Bool(false), "nothing is bound yet") }
        let starts = state.start()
        #expect(starts)
        #expect(state.bound(address).waiters.count == 1)
        guard case .now(.success(address)) = state.awaitAddress(waiter) else { return #expect(Bool(false), "it is bound") }
        let isAbandoned = state.abandonAddress(waiter)
        #expect(!isAbandoned)
        #expect(state.finish(TransportError(.unreachable, "x")).isEmpty)
        guard case .now(.failure(let error)) = state.awaitAddress(waiter) else { return #expect(Bool(false), "it is over") }
        #expect(error.code == .unreachable)
    }

    @Test("a shutdown asked for before the socket is bound ends it then")
    func early() {
        var state = ServerLifecycleStateMachine()
        #expect(state.start() && state.requestShutdown(windsDown: true) == .nothing)
        #expect(state.bound(address).ends)
        #expect(state.address == nil)
    }
}

@Suite("Small pieces")
struct PieceTests {
    @Test(
        "dates as HTTP writes them",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ])
    func dates(seconds: Int64, text: String) {
        #expect(HTTPDate.text(unixSeconds: seconds) == text)
    }

    @Test("address ranges", arguments: [
        ("10.0.0.0/8", "10.200.3.4", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
        ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("0.0.0.0/0", "9.9.9.9", true),
        ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
    ])
    func ranges(range: String, address: String, isInside: Bool) throws {
        #expect(try TrustedProxies([range]).contains(address) == isInside)
    }

    @Test("the client behind proxies is the last address that is none of them")
    func client() throws {
        let proxies = try TrustedProxies(["10.0.0.0/8"])
        #expect(proxies.client(forwardedFor: "1.1.1.1, 2.2.2.2, 10.0.0.2", through: "10.0.0.1") == "2.2.2.2")
        #expect(proxies.client(forwardedFor: "10.0.0.3", through: "10.0.0.1") == "10.0.0.3")
        #expect(proxies.client(forwardedFor: "1.1.1.1, nonsense", through: "10.0.0.1") == "10.0.0.1")
    }

    @Test("ids of events cannot break out of their line")
    func eventID() {
        var buffer = ByteBuffer()
        EventStreamEncoder.write(OutboundEvent(data: Array("x".utf8), id: "a\ndata: b\r\0"), .message, into: &buffer)
        #expect(String(buffer: buffer) == "event: message\nid: adata: b\ndata: x\n\n")
    }

    @Test("ids of connections are 128 random bits in hexadecimal")
    func connectionID() {
        let ids = Set((0..<1_000).map { _ in LegacyStreams.randomID() })
        #expect(ids.count == 1_000 && ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }
}
