package import InterlockJSON

extension JSONWriter {
    /// Writes a member, or nothing when the value is nil.
    package mutating func member(_ key: StaticString, _ value: (some WireEncodable)?, _ context: EncodingContext) {
        guard let value else { return }
        self.key(key)
        value.write(into: &self, context: context)
    }

    /// Writes a member if the revision knows it; `value` is not looked at otherwise.
    package mutating func member(
        _ key: StaticString, if known: Bool, _ value: (some WireEncodable)?, _ context: EncodingContext
    ) {
        if known { member(key, value, context) }
    }
}
