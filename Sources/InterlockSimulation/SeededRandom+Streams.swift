extension SeededRandom {
    /// Makes the generator of one of the many independent sequences of a seed: one a schedule, one a task.
    public init(seed: UInt64, stream: Int) {
        var mixer = SeededRandom(seed: seed)
        let base = mixer.next()
        var scattered = SeededRandom(seed: base ^ (UInt64(bitPattern: Int64(stream)) &* 0xD1B5_4A32_D192_ED03))
        self.init(seed: scattered.next())
    }
}

extension SeededRandom {
    /// The first value of one of the sequences of a seed.
    static func firstValue(seed: UInt64, stream: Int) -> UInt64 {
        var random = SeededRandom(seed: seed, stream: stream)
        return random.next()
    }
}
