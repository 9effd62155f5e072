/// The members of one JSON object, found in one pass and cut out as they are asked for.
///
/// Names are compared by their bytes where they stand, so an object of which a few known members are read costs one
/// allocation however many it has.
package struct RawMembers: Sendable {
    private struct Entry {
        var name: StringToken
        var value: Range<Int>
    }

    private let bytes: ArraySlice<UInt8>
    private let entries: [Entry]

    /// Finds the members; nil if the value is not an object.
    package init?(_ json: RawJSON) {
        guard json.kind == .object else { return nil }
        bytes = json.bytes
        entries = bytes.withUnsafeBufferPointer { buffer in
            var entries: [Entry] = []
            var scanner = TrustedScanner(buffer)
            scanner.position = 1
            if scanner.take(ASCII.closeBrace) { return entries }
            entries.reserveCapacity(8)
            repeat {
                let name = scanner.memberName()
                let start = scanner.skipValue()
                entries.append(Entry(name: name, value: start..<scanner.position))
            } while scanner.take(ASCII.comma)
            return entries
        }
    }

    /// How many members there are, each occurrence of a name counted.
    package var count: Int { entries.count }

    /// The value of a member, the last one if there are several.
    package subscript(key: String) -> RawJSON? {
        let length = key.utf8.count
        for position in entries.indices.reversed() {
            let name = entries[position].name
            guard name.isEscaped || name.end &- name.start == length else { continue }
            if matches(name, key) { return value(position) }
        }
        return nil
    }

    private func matches(_ name: StringToken, _ key: String) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            var key = key
            return key.withUTF8 { name.matches($0, in: base) }
        }
    }

    /// The name of a member by its place in the order they came.
    package func name(_ position: Int) -> String {
        bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { StringBytes.text(entries[position].name, in: $0) } ?? ""
        }
    }

    /// The value of a member by its place in the order they came.
    package func value(_ position: Int) -> RawJSON {
        let range = entries[position].value
        return RawJSON(unchecked: bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound])
    }
}
