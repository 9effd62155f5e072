import Synchronization

/// A floating-point number that several threads may set and add to.
final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double {
        get { Double(bitPattern: bits.load(ordering: .relaxed)) }
        set { bits.store(newValue.bitPattern, ordering: .relaxed) }
    }

    func add(_ amount: Double) {
        var expected = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: expected) + amount).bitPattern
            let (exchanged, found) = bits.weakCompareExchange(expected: expected, desired: sum, ordering: .relaxed)
            if exchanged { return }
            expected = found
        }
    }
}
