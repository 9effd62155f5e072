internal import InterlockStorage

/// The owner of a stream as Redis keeps it: 20 digits of the fence, which sort as numbers do; three of the instance's length; the instance; the note.
enum OwnerRecord {
    /// Longer names of instances are cut.
    static let maximumInstance = 999

    static func encoded(_ owner: StreamOwner) -> [UInt8] {
        let instance = Array(owner.instance.utf8.prefix(maximumInstance))
        return Array(digits(owner.fence).utf8) + Array(padded(UInt64(instance.count), to: 3).utf8) + instance
            + (owner.note.count <= StreamOwner.maximumNote ? owner.note : [])
    }

    static func digits(_ fence: UInt64) -> String { padded(fence, to: 20) }

    /// The owner of a record; `nil` for the empty record of a stream without one, and for what is none.
    static func owner(_ record: [UInt8]) -> StreamOwner? {
        guard record.count >= 23, let fence = UInt64(String(decoding: record[..<20], as: UTF8.self)),
            let length = Int(String(decoding: record[20..<23], as: UTF8.self)), record.count >= 23 + length
        else { return nil }
        return StreamOwner(instance: String(decoding: record[23..<(23 + length)], as: UTF8.self), fence: fence, note: Array(record[(23 + length)...]))
    }

    private static func padded(_ number: UInt64, to count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
