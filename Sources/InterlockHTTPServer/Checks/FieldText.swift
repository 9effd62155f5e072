extension StringProtocol {
    /// Whether this is the field name or token `lowercased`, without regard to case.
    ///
    /// Made for names of letters, digits and hyphens, which setting one bit turns into lower case or leaves alone.
    func isFieldName(_ lowercased: StaticString) -> Bool {
        guard utf8.count == lowercased.utf8CodeUnitCount else { return false }
        func matches(_ name: some Collection<UInt8>) -> Bool {
            var expected = lowercased.utf8Start
            for byte in name {
                if byte | 0x20 != expected.pointee { return false }
                expected += 1
            }
            return true
        }
        return utf8.withContiguousStorageIfAvailable { matches($0) } ?? matches(utf8)
    }

    /// Without spaces and tabs at both ends.
    var trimmedField: Substring {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var rest = Substring(self).utf8
        while let first = rest.first, isBlank(first) { rest.removeFirst() }
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return Substring(rest)
    }

    /// Whether this can stand in a header field without changing what follows it.
    var isSafeFieldValue: Bool {
        utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
    }
}
