import InterlockConcurrency
import Testing

@testable import InterlockDiagnostics

@Suite("The load before the load")
struct WarmUpTests {
    private static func open(_ rate: Double, to: Double? = nil, seconds: Int, calls: Int = 10_000_000) -> LoadConfiguration {
        LoadConfiguration(.open([LoadPhase(rate: rate, to: to, duration: .seconds(seconds))]), maximumCalls: calls)
    }

    @Test("it is the same load for a tenth of its time, a second at most, and for a tenth of its calls")
    func usual() throws {
        let long = try #require(Self.open(50, seconds: 60).warmUp())
        #expect(long.duration == .seconds(1) && long.plannedCalls == 50)
        #expect(Self.open(50, seconds: 2).warmUp()?.plannedCalls == 10)
        #expect(Self.open(50, seconds: 60, calls: 100).warmUp()?.plannedCalls == 10)
        #expect(Self.open(0, to: 40, seconds: 60).warmUp()?.plannedCalls == 20)
        let closed = LoadConfiguration(.closed(clients: 3, duration: .seconds(4)), maximumCalls: 400).warmUp()
        guard case .closed(let clients, let duration) = closed?.loop else {
            Issue.record("no closed loop: \(String(describing: closed))")
            return
        }
        #expect(clients == 3 && duration == .milliseconds(400))
        #expect(closed?.maximumCalls == 40 && closed?.plannedCalls == nil)
    }

    @Test("there is none where it was not wanted, and where so few calls were asked for that it would make none")
    func none() {
        #expect(Self.open(50, seconds: 60).warmUp(.zero) == nil)
        #expect(Self.open(50, seconds: 60, calls: 9).warmUp() == nil)
        #expect(Self.open(50, seconds: 60, calls: 9).warmUp(.seconds(3))?.plannedCalls == 9)
    }
}
