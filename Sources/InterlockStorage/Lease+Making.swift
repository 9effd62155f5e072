package import InterlockConcurrency

extension Lease {
    /// An id with 159 random bits.
    package static func makeID(from random: RandomSource) -> String {
        (0..<3).map { _ in String(UInt64(random.fraction() * 0x1p53), radix: 36) }.joined(separator: "-")
    }

    /// Throws ``StoreError/Code/refused`` unless a store can be asked this.
    package static func check(_ key: String, limit: Int, duration: Duration) throws(StoreError) {
        if limit < 1 { throw StoreError(.refused, "a lease of \(key.debugDescription) was asked for with the limit \(limit); a limit is 1 or more") }
        if duration <= .zero { throw StoreError(.refused, "a lease of \(key.debugDescription) was asked for \(duration); ask for a time above zero") }
    }
}
