import InterlockConcurrency
import Synchronization

/// Ids for traces and spans: unique by chance, not secret. xoshiro256**, seeded once, since the system's generator costs a call to the kernel.
final class TraceIDSource: Sendable {
    private struct Generator: Sendable {
        var state: (UInt64, UInt64, UInt64, UInt64)

        mutating func next() -> UInt64 {
            let result = rotated(state.1 &* 5, 7) &* 9
            let shifted = state.1 << 17
            state.2 ^= state.0
            state.3 ^= state.1
            state.1 ^= state.2
            state.0 ^= state.3
            state.2 ^= shifted
            state.3 = rotated(state.3, 45)
            return result
        }

        private func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
    }

    private let generator: Mutex<Generator>

    init(seededFrom random: RandomSource) {
        func word() -> UInt64 { UInt64(random.fraction() * 0x1p32) << 32 | UInt64(random.fraction() * 0x1p32) }
        // Never all zero, which would stay zero.
        generator = Mutex(Generator(state: (word() | 1, word(), word(), word())))
    }

    func spanID() -> SpanID {
        generator.withLock { Self.spanID(&$0) }
    }

    /// A trace and its first span, in one step.
    func trace() -> (TraceID, SpanID) {
        generator.withLock { generator in
            while true {
                if let trace = TraceID(high: generator.next(), low: generator.next()) { return (trace, Self.spanID(&generator)) }
            }
        }
    }

    private static func spanID(_ generator: inout Generator) -> SpanID {
        while true {
            if let id = SpanID(generator.next()) { return id }
        }
    }
}
