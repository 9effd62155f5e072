import Crypto

/// The SHA-256 of a secret: what tables are keyed by and files hold in its place.
///
/// Comparison takes the same time wherever two digests differ.
public struct TokenDigest: Sendable, Hashable {
    private let a: UInt64
    private let b: UInt64
    private let c: UInt64
    private let d: UInt64

    /// Hashes the UTF-8 of a text.
    public init(of text: String) {
        var text = text
        self = text.withUTF8 { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            return hash.finalize().withUnsafeBytes { TokenDigest(bytes: $0) }
        }
    }

    /// Reads 64 hexadecimal digits; `nil` if the text is anything else.
    public init?(hexadecimal text: String) {
        var words: [UInt64] = []
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        for start in stride(from: 0, to: 64, by: 16) {
            var word: UInt64 = 0
            for digit in digits[start..<start + 16] {
                guard let value = Self.value(ofDigit: digit) else { return nil }
                word = word << 4 | UInt64(value)
            }
            words.append(word)
        }
        (a, b, c, d) = (words[0], words[1], words[2], words[3])
    }

    private init(bytes: UnsafeRawBufferPointer) {
        a = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        b = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        c = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        d = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// The digest in 64 lower-case hexadecimal digits.
    public var hexadecimal: String {
        [a, b, c, d].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }

    public static func == (left: TokenDigest, right: TokenDigest) -> Bool {
        (left.a ^ right.a) | (left.b ^ right.b) | (left.c ^ right.c) | (left.d ^ right.d) == 0
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(a)
        hasher.combine(b)
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        case 0x41...0x46: digit - 0x41 + 10
        default: nil
        }
    }
}
