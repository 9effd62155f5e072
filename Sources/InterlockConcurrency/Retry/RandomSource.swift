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

    /// A number from 0 up to but not including `bound`, which must be above 0, each as likely as the other.
    package func number(below bound: Int) -> Int {
        generator.withLock { Int.random(in: 0..<bound, using: &$0) }
    }

    /// The elements in an order that is drawn, each as likely as any other.
    package func shuffled<Element: Sendable>(_ elements: [Element]) -> [Element] {
        generator.withLock { elements.shuffled(using: &$0) }
    }
}
