/// The upper bounds of the buckets of a histogram, from small to large; a last bucket without bound is implied.
public struct HistogramBounds: Sendable, Hashable {
    /// The bounds, ascending.
    public let values: [Double]
    /// The same in billionths, which is how values are compared.
    let billionths: [Int64]

    /// Makes bounds. Those that are not finite, not positive or double are left out, and at most 64 are kept.
    public init(_ values: [Double]) {
        self.values = Array(Set(values.filter { $0.isFinite && $0 > 0 }).sorted().prefix(64))
        billionths = self.values.map(Self.billionths)
    }

    /// From 100 µs to a minute, in seconds.
    public static let durations = HistogramBounds([
        0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ])

    /// Powers of four from 1 to 2^30: for sizes in bytes and for counts.
    public static let values = HistogramBounds((0...15).map { Double(UInt64(1) << (2 * UInt64($0))) })

    /// A value in billionths, saturating; less than zero and what is not a number counts as zero.
    static func billionths(_ value: Double) -> Int64 {
        let scaled = (value * 1e9).rounded()
        guard scaled > 0 else { return 0 }
        return scaled >= 0x1p63 ? .max : Int64(scaled)
    }

    /// The bucket of a value: the first whose bound is not less.
    func index(of value: Int64) -> Int {
        var low = 0
        var high = billionths.count
        while low < high {
            let middle = (low &+ high) >> 1
            if billionths[middle] < value { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}
