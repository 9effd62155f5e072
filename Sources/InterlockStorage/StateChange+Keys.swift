import InterlockJSON

extension StateChange {
    /// Throws ``StoreError/Code/refused`` unless a store may make these changes in one commit: no key twice, and, of several, one
    /// text between the first braces of all. Every implementation asks this first, so that what works on one works on all.
    package static func checkKeys(of changes: [StateChange]) throws(StoreError) {
        guard changes.count > 1, let first = changes.first else { return }
        var seen: Set<ExactName> = []
        for change in changes where !seen.insert(ExactName(text: change.key)).inserted {
            throw StoreError(.refused, "a commit changes the key \(change.key.debugDescription) twice; change it once")
        }
        let tag = hashTag(of: first.key)
        for change in changes {
            guard let tag, let other = hashTag(of: change.key), other.elementsEqual(tag) else {
                throw StoreError(
                    .refused,
                    "a commit changes \(first.key.debugDescription) and \(change.key.debugDescription), which do not share the text between their first braces; name them alike, such as {accounts}:alice and {accounts}:bob"
                )
            }
        }
    }

    /// The bytes between the first opening brace and the first closing one after it; `nil` if there are none, as a cluster
    /// then looks at the whole key.
    package static func hashTag(of key: String) -> ArraySlice<UInt8>? {
        let bytes = Array(key.utf8)
        guard let open = bytes.firstIndex(of: UInt8(ascii: "{")) else { return nil }
        guard let close = bytes[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1 else { return nil }
        return bytes[(open + 1)..<close]
    }
}
