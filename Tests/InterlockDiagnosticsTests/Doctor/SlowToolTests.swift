import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("Tools that take long beside the time there is for an answer", .timeLimit(.minutes(1)))
struct SlowToolTests {
    @Test("As many are tried at once as go one by one in four fifths of the time, and fewer than three tell nothing", arguments: [
        (8, 20.0, 8), (8, 1_000, 8), (8, 1_001, 7), (8, 1_500, 5), (8, 2_666, 3), (8, 2_700, nil), (8, 9_000, nil), (2, 4_000, 2), (2, 4_001, nil), (64, 0, 64),
    ] as [(Int, Double, Int?)])
    func width(asked: Int, alone: Double, width: Int?) {
        #expect(DoctorRun.width(asked, alone: alone, timeout: .seconds(10)) == width)
    }

    @Test("Whatever the width, one by one is told from two at a time", arguments: 2...64)
    func lines(width: Int) {
        let byTwos = Double((width + 1) / 2), line = CallTimes.lineRatio(Double(width))
        #expect(line > byTwos && line < Double(width))
        // For the usual width nothing but the share decides.
        if width == 8 { #expect(line == 0.6 * 8) }
    }

    @Test("A tool of one and a half seconds that goes one by one is called that, and one that does not is not", arguments: [
        (1.5, true, [DoctorFinding.Code.serialised]), (1.5, false, [.upstreamBound]), (2.6, true, [.serialised]),
    ])
    func named(seconds: Double, isSerial: Bool, codes: [DoctorFinding.Code]) async throws {
        let diagnosis = try await SlowServer(seconds: seconds, isSerial: isSerial).diagnosis()
        #expect(diagnosis.findings.map(\.code) == codes, "\(diagnosis)")
        let width = seconds < 2 ? 5 : 3
        #expect(diagnosis.findings.first?.evidence.contains { $0.name == "\(width) at once" } == true)
        if isSerial { #expect(diagnosis.findings.first?.sentence.contains("\(width) at once take") == true, "\(diagnosis)") }
    }

    @Test("Of one that takes longer nothing is said but that, and what to do", arguments: [true, false])
    func untold(isSerial: Bool) async throws {
        let diagnosis = try await SlowServer(seconds: 3, isSerial: isSerial).diagnosis()
        #expect(diagnosis.findings.isEmpty && diagnosis.untold == [.calls], "\(diagnosis)")
        #expect(diagnosis.undecided.count == 1 && diagnosis.undecided.allSatisfy { $0.contains("one takes 3.0 s") && $0.contains("--timeout") }, "\(diagnosis.undecided)")
    }

    @Test("One that gives no answer is still told as that")
    func unanswered() async throws {
        let diagnosis = try await SlowServer(seconds: 100, isSerial: false).diagnosis()
        #expect(diagnosis.findings.map(\.code) == [.noAnswer], "\(diagnosis)")
    }
}

/// A server whose only tool takes its time by a clock that moves while a call is on its way.
private final class SlowServer: ClientTransport {
    let carriesHeaders = false
    private let clock = ManualClock()
    private let length: Duration
    private let isSerial: Bool
    private let receiver = Mutex<(any ClientReceiver)?>(nil)
    private let state = Mutex<(open: Int, free: MonotonicTime)>((0, .zero))

    init(seconds: Double, isSerial: Bool) {
        length = .milliseconds(Int(seconds * 1_000))
        self.isSerial = isSerial
    }

    /// What doctor says of calls, with ten seconds for each.
    func diagnosis() async throws -> Diagnosis {
        let server = DiagnosedServer(era: .legacy(), isShared: true, isHTTP: false) { DiagnosedServer.Link(self) }
        let isOver = Mutex(false)
        async let diagnosis = {
            defer { isOver.withLock { $0 = true } }
            return try await DoctorRun(server, subjects: [.lists, .calls], clock: self.clock).run([.call(tool: "work", arguments: .emptyObject)]).diagnosis
        }()
        while !isOver.withLock(\.self) {
            if state.withLock({ $0.open > 0 }) {
                // All that are to be beside each other are on their way first.
                for _ in 0..<200 { await Task.yield() }
                clock.advance(by: .milliseconds(50))
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
        case "tools/list": answer(number, #"{"tools":[{"name":"work","inputSchema":{"type":"object"}}]}"#)
        case "tools/call":
            let now = clock.now
            let end = state.withLock { state in
                state.open += 1
                state.free = (isSerial ? max(now, state.free) : now) + length
                return state.free
            }
            clock.schedule(at: end) { [self] in
                state.withLock { $0.open -= 1 }
                answer(number, #"{"content":[]}"#)
            }
        default: answer(number, "{}")
        }
    }

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
