import InterlockProtocol

/// The V2 compressed encoding of HdrHistogram, which its readers decode and add up. The buckets are the same, so nothing is lost.
///
/// Three significant digits from one nanosecond on. The compression is a zlib stream of stored blocks: readers undo any, and a histogram is small.
enum HdrEncoding {
    /// A histogram as text: the base64 of its bytes, as it stands in a log.
    static func text(_ histogram: LatencyHistogram) -> String { Base64.encode(compressed(histogram)) }

    /// The longest latency that a reader must have room for, in nanoseconds: an hour, or more where there were longer ones.
    static func highest(of histogram: LatencyHistogram) -> Int64 { max(3_600_000_000_000, histogram.buckets.last?.upperBound ?? 0) }

    /// Doublings that HdrHistogram lays its buckets out in, up to `highest`.
    static func doublings(to highest: Int64) -> Int {
        var (count, reach) = (1, Int64(LatencyHistogram.subBuckets))
        while reach <= highest {
            if reach > Int64.max / 2 { return count + 1 }
            reach *= 2
            count += 1
        }
        return count
    }

    private static func compressed(_ histogram: LatencyHistogram) -> [UInt8] {
        let content = zlib(payload(histogram))
        var bytes = big(Int32(0x1c84_9314))
        bytes += big(Int32(content.count))
        bytes += content
        return bytes
    }

    private static func payload(_ histogram: LatencyHistogram) -> [UInt8] {
        var counts: [UInt8] = []
        var next = 0
        for bucket in histogram.buckets {
            let index = LatencyHistogram.index(of: bucket.upperBound)
            // A run of empty buckets is one negative number.
            if index > next { append(-Int64(index - next), to: &counts) }
            append(Int64(bucket.count), to: &counts)
            next = index + 1
        }
        var bytes = big(Int32(0x1c84_9313))
        bytes += big(Int32(counts.count))
        bytes += big(Int32(0)) // indices are not shifted
        bytes += big(Int32(3)) // significant digits
        bytes += big(Int64(1)) // the smallest unit
        bytes += big(highest(of: histogram))
        bytes += big(1.0.bitPattern) // values are what they are
        bytes += counts
        return bytes
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63)) // small numbers of either sign become small ones
        for _ in 0..<8 {
            if rest < 0x80 { return bytes.append(UInt8(rest)) }
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest)) // the ninth byte has eight bits of its own
    }

    private static func big(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// RFC 1950, with the stored blocks of RFC 1951.
    private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let size = UInt16(block.count)
            stream.append(rest.isEmpty ? 1 : 0)
            for part in [size, ~size] { stream += [UInt8(part & 0xFF), UInt8(part >> 8)] }
            stream += block
        } while !rest.isEmpty
        var (low, high) = (UInt32(1), UInt32(0))
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + big(high << 16 | low)
    }
}
