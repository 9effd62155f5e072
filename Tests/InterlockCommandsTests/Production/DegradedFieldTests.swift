@testable import InterlockCommands
import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

@Suite("What responses say of a store that is out of reach")
struct DegradedFieldTests {
    @Test("a store that fails is named within a tenth of a second, and no longer than that when it heals; nobody looks more often")
    func failsAndHeals() {
        let clock = ManualClock()
        let (isDown, looks) = (Box(false), Box(0))
        let field = DegradedField(clock: clock) {
            looks.value.withLock { $0 += 1 }
            return isDown.value.withLock { $0 }
        }
        #expect(field.fields.isEmpty)
        isDown.value.withLock { $0 = true }
        for _ in 0..<1_000 { #expect(field.fields.isEmpty) }
        #expect(looks.value.withLock { $0 } == 1)
        clock.advance(by: DegradedField.interval)
        for _ in 0..<1_000 { #expect(field.fields.map(\.name) == ["Interlock-Store"] && field.fields.map(\.value) == ["degraded"]) }
        isDown.value.withLock { $0 = false }
        clock.advance(by: DegradedField.interval)
        #expect(field.fields.isEmpty)
        #expect(looks.value.withLock { $0 } == 3)
    }

    private final class Box<Value: Sendable>: Sendable {
        let value: Mutex<Value>
        init(_ value: Value) { self.value = Mutex(value) }
    }
}
