/// In which of a cluster's 16,384 slots a key lies.
enum HashSlot {
    static let count = 16_384

    static func of(_ key: String) -> Int {
        var key = key
        return key.withUTF8 { Int(crc16(UnsafeRawBufferPointer(hashed($0)))) % count }
    }

    /// The text between the first brace and the next closing one, if there is any; what keys of one place share.
    static func tag(of key: String) -> String? {
        var key = key
        return key.withUTF8 { bytes in
            let part = hashed(bytes)
            return part.count == bytes.count ? nil : String(decoding: part, as: UTF8.self)
        }
    }

    private static func hashed(_ key: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard let open = key.firstIndex(of: UInt8(ascii: "{")), let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1 else { return key }
        return UnsafeBufferPointer(rebasing: key[(open + 1)..<close])
    }

    /// CRC16 as XMODEM has it: polynomial 0x1021, nothing inverted.
    private static func crc16(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes { crc = crc << 8 ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] }
        return crc
    }

    private static let table: [UInt16] = (0..<256).map { index in
        var crc = UInt16(index) << 8
        for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        return crc
    }
}
