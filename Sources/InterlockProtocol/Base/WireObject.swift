package import InterlockJSON

/// The members of one JSON object, found in a single pass, and typed access to them.
///
/// An optional member that is `null` counts as absent: peers write both. Of duplicate members the last counts.
package struct WireObject {
    private let raw: RawMembers

    /// Finds the members, or says that the value is no object.
    package init(_ json: RawJSON) throws(ShapeMismatch) {
        guard let raw = RawMembers(json) else { throw .expected("an object", got: json) }
        self.raw = raw
    }

    /// The members in the order they came.
    package var members: [(key: String, value: RawJSON)] {
        (0..<raw.count).map { (raw.name($0), raw.value($0)) }
    }

    /// The value of a member, `null` included.
    package func member(_ key: String) -> RawJSON? {
        raw[key]
    }

    /// A member that must be there.
    package func required<Value: WireDecodable>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(ShapeMismatch) -> Value {
        guard let json = member(key) else { throw .missing(key) }
        do throws(ShapeMismatch) {
            return try Value(shape: json)
        } catch {
            throw error.inside(key)
        }
    }

    /// A member that may be absent or `null`.
    package func optional<Value: WireDecodable>(
        _ key: String, as type: Value.Type = Value.self
    ) throws(ShapeMismatch) -> Value? {
        guard let json = member(key), !json.isNull else { return nil }
        do throws(ShapeMismatch) {
            return try Value(shape: json)
        } catch {
            throw error.inside(key)
        }
    }
}
