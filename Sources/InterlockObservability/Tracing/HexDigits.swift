/// Lower-case hexadecimal, as W3C Trace Context spells numbers.
enum HexDigits {
    /// The 16 digits of a number.
    static func text(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 { buffer[index] = digit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0xF) }
            return 16
        }
    }

    /// The two digits of a byte.
    static func text(_ value: UInt8) -> String {
        String(decoding: [digit(value >> 4), digit(value & 0xF)], as: UTF8.self)
    }

    /// The number of digits all of which must be lower case; `nil` when one is none, or there are more than 16.
    static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard digits.count <= 16 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 - 10 + value }
}
