public import InterlockJSON

/// The `_meta` object of a message or definition: any members, and typed access to those of the specification.
///
/// What came from the wire stays in its bytes until a member is changed, so an untouched `_meta` costs nothing and is
/// passed on exactly. Spec: 2026-07-28, Base Protocol › `_meta`.
public struct Meta: WireShape, ExpressibleByDictionaryLiteral {
    private enum Storage: Sendable {
        case wire(RawJSON)
        case object(JSONObject)
    }

    private var storage: Storage

    /// Names the root `_meta` in messages about its shape.
    public static var wireRoot: String { "_meta" }

    /// Makes metadata from members.
    public init(_ object: JSONObject = [:]) {
        storage = .object(object)
    }

    /// Makes metadata in the literal's order.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        storage = .object(JSONObject(elements))
    }

    /// Takes an object as it is, without reading its members.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard json.kind == .object else { throw .expected("an object", got: json) }
        storage = .wire(json)
    }

    /// Writes the object, unchanged if it came from the wire.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        switch storage {
        case .wire(let json): writer.raw(json)
        case .object(let object): writer.value(.object(object))
        }
    }

    /// All members as a tree.
    public var object: JSONObject {
        get {
            switch storage {
            case .wire(let json): json.value().object ?? [:]
            case .object(let object): object
            }
        }
        set { storage = .object(newValue) }
    }

    /// One member; setting nil removes it.
    public subscript(_ key: String) -> JSONValue? {
        get {
            switch storage {
            case .wire(let json): json[key]?.value()
            case .object(let object): object[key]
            }
        }
        set {
            var object = object
            object[key] = newValue
            storage = .object(object)
        }
    }

    /// One member as JSON.
    public func json(_ key: String) -> RawJSON? {
        switch storage {
        case .wire(let json): json[key]
        case .object(let object): object[key].map { RawJSON($0) }
        }
    }

    /// Whether both have the same members, in any order.
    public static func == (left: Meta, right: Meta) -> Bool {
        left.object == right.object
    }

    /// Hashes the members.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(object)
    }
}
