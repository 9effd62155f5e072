import InterlockClient
import InterlockConcurrency
import InterlockDiagnostics
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import Synchronization

/// A server whose only tool takes its time by a clock that moves while a call is on its way. It may take time before that, too, to check arguments.
final class SlowServer: ClientTransport {
    let carriesHeaders = false
    private let clock = ManualClock()
    private let length: Duration
    private let isSerial: Bool
    /// Milliseconds.
    private let checking: Int
    /// Whether checking is computing; `nil` where nobody can read its process.
    private let computes: Bool?
    /// How many calls have a place at once, and whether one that finds none is told that the server is busy, or that it failed.
    private let places: Int
    private let saysBusy: Bool
    private let receiver = Mutex<(any ClientReceiver)?>(nil)
    private let state = Mutex<(open: Int, free: MonotonicTime, computed: Int64)>((0, .zero, 0))

    init(seconds: Double, isSerial: Bool = false, checking: Int = 0, computes: Bool? = nil, places: Int = .max, saysBusy: Bool = false) {
        length = .milliseconds(Int(seconds * 1_000))
        (self.isSerial, self.checking, self.computes, self.places, self.saysBusy) = (isSerial, checking, computes, places, saysBusy)
    }

    /// What doctor says of calls, with ten seconds for each.
    func diagnosis() async throws -> Diagnosis {
        let server = DiagnosedServer(
            era: .legacy(), isShared: true, isHTTP: false,
            process: { [self] _ in
                computes == nil ? nil : ComputingProcess(clock: clock) { [self] in state.withLock { $0.computed } }
            }
        ) { DiagnosedServer.Link(self) }
        let isOver = Mutex(false)
        async let diagnosis = {
            defer { isOver.withLock { $0 = true } }
            return try await DoctorRun(server, subjects: [.lists, .calls], clock: self.clock).run([.call(tool: "work", arguments: RawJSON(["text": "a"] as JSONValue))]).diagnosis
        }()
        while !isOver.withLock(\.self) {
            if state.withLock({ $0.open > 0 }) {
                // All that are to be beside each other are on their way first.
                var open = 0
                while case let now = state.withLock(\.open), now != open {
                    open = now
                    for _ in 0..<200 { await Task.yield() }
                }
                clock.advance(by: .milliseconds(25))
            }
            await Task.yield()
        }
        return try await diagnosis
    }

    func start(_ receiver: any ClientReceiver) async throws { self.receiver.withLock { $0 = receiver } }

    func send(_ message: ClientMessage) async throws {
        guard let id = message.id, case .integer(let number) = id else { return }
        switch message.method {
        case "initialize":
            answer(number, #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#)
        case "tools/list": answer(number, Self.tools)
        case "tools/call":
            let now = clock.now, isRefused = !String(decoding: message.bytes, as: UTF8.self).contains(#""text""#)
            let end = state.withLock { state -> MonotonicTime? in
                guard state.open < places else { return nil }
                state.open += 1
                state.free = (isSerial ? max(now, state.free) : now) + .milliseconds(checking) + (isRefused ? .zero : length)
                return state.free
            }
            guard let end else {
                let busy = saysBusy ? #","_meta":{"interlock/busy":true}"# : ""
                return answer(number, #"{"content":[{"type":"text","text":"database is locked"}],"isError":true\#(busy)}"#)
            }
            clock.schedule(at: end) { [self] in
                state.withLock { state in
                    state.open -= 1
                    if computes == true { state.computed += Int64(checking) * 1_000_000 }
                }
                answer(number, isRefused ? #"{"content":[],"isError":true}"# : #"{"content":[]}"#)
            }
        default: answer(number, "{}")
        }
    }

    private static let tools = #"""
        {"tools":[{"name":"work","annotations":{"readOnlyHint":true},
            "inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}]}
        """#

    func abandon(_ id: RequestID) {}
    func negotiated(_ negotiation: ClientNegotiation) {}
    func openServerStream() async throws {}
    func close() async {}

    private func answer(_ number: Int64, _ result: String) {
        guard let receiver = receiver.withLock({ $0 }) else { return }
        do {
            receiver.received(try ScannedMessage.scan(Array(#"{"jsonrpc":"2.0","id":\#(number),"result":\#(result)}"#.utf8)), on: .integer(number))
        } catch {
            receiver.failed(.integer(number), TransportError(.badResponse, "the server sent something that is no message"))
        }
    }
}

/// A process of one thread that has computed as long as its server says, and whose memory does not change.
private struct ComputingProcess: ProcessReading {
    var clock: any SchedulingClock
    var computed: @Sendable () -> Int64
    var runtime: ServerRuntimeKind { .swift }
    var processIdentifier: Int32 { 1 }

    func sample() -> ProcessSample? {
        ProcessSample(
            time: clock.now, resident: 60 << 20, privateDirty: 60 << 20, descriptors: 12, threads: 1, children: 0, runQueueNanoseconds: 0,
            threadUse: [.init(id: 1, name: "main", cpuNanoseconds: computed())])
    }
}
