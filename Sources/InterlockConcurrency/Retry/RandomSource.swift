import Synchronization

/// Randomness as a dependency: the system's in production, a seeded generator in tests.
public final class RandomSource: Sendable {
    /// The system's generator.
    public static let system = RandomSource(SystemRandomNumberGenerator())

    private let generator: Mutex<any RandomNumberGenerator & Sendable>

    /// Makes a source that draws from a generator; safe to share between tasks.
    public init(_ generator: some RandomNumberGenerator & Sendable) {
        self.generator = Mutex(generator)
    }

    /// A number from 0 up to but not including 1, each as likely as the other.
    public func fraction() -> Double {
        // 53 random bits are as many as a Double between 0 and 1 has.
        Double(generator.withLock { $0.next() } >> 11) * 0x1p-53
    }
}
