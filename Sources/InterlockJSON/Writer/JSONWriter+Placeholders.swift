extension JSONWriter {
    /// A place in the text to come back to.
    struct Mark {
        fileprivate var count: Int
        fileprivate var needsComma: Bool
    }

    var mark: Mark { Mark(count: bytes.count, needsComma: needsComma) }

    /// Forgets what was written since `mark`.
    mutating func rollBack(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.count)
        needsComma = mark.needsComma
    }

    /// Takes the place of a value that is written elsewhere, and returns where it belongs.
    mutating func placeholder() -> Int {
        separate()
        return bytes.count
    }

    /// Puts the values of placeholders, which come in the order of their places, where they belong.
    mutating func fill(_ values: [(place: Int, bytes: [UInt8])]) {
        var filled: [UInt8] = []
        filled.reserveCapacity(bytes.count + values.reduce(0) { $0 + $1.bytes.count })
        var copied = 0
        for value in values {
            filled += bytes[copied..<value.place]
            filled += value.bytes
            copied = value.place
        }
        bytes = filled + bytes[copied...]
    }
}
