import Foundation
import Interlock
import Synchronization

/// The faults that sit where every request passes: a gate is asked on the thread that serves connections, so what it does there holds up all of them.
final class FaultyGate: RequestGate {
    private let fault: Fault
    private let hoard: Hoard
    private let calls = Atomic(0)
    private let requests = Atomic(0)

    init(_ fault: Fault, _ hoard: Hoard) {
        self.fault = fault
        self.hoard = hoard
    }

    func decide(_ head: RequestHead) -> GateDecision {
        let session = head.headers.first("mcp-session-id")
        let isModern = head.headers.first("mcp-method") != nil
        let isCall = head.headers.first("mcp-method") == "tools/call"
        switch fault {
        case .stall where isCall && calls.add(1, ordering: .relaxed).newValue.isMultiple(of: 100): usleep(200_000)
        case .hash where isCall && head.headers.first("mcp-name") == "work": Self.compute(for: 0.025)
        case .block where isCall && head.headers.first("mcp-name") == "work": usleep(30_000)
        case .leakError where head.headers.first("mcp-name") == "interlock-no-such-tool": hoard.keep(8192)
        case .leakSession where session == nil && !isModern && head.method == "POST": hoard.keep(50 * 1024)
        case .forget where session != nil && requests.add(1, ordering: .relaxed).newValue % 4 == 3:
            // Another instance, which does not share the sessions.
            let body = #"{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}"#
            return .refuse(OutboundResponse(body: Array(body.utf8), status: 404, headers: [("content-type", "application/json")]))
        default: break
        }
        return .admit(nil)
    }

    /// Keeps a processor busy for so many seconds of its own time, whatever else the machine does.
    static func compute(for seconds: Double) {
        var (time, sum) = (timespec(), UInt64(1))
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        let end = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 + seconds
        repeat {
            for number in 0..<10_000 as Range<UInt64> { sum = (sum ^ number) &* 0x100_0000_01B3 }
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        } while sum == 0 || Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 < end
    }
}
