public import InterlockJSON

/// Something that can be read from a message of the protocol.
public protocol WireDecodable: Sendable {
    /// Reads the value; members the shape does not know are ignored.
    init(shape json: RawJSON) throws(ShapeMismatch)
    /// How messages about a wrong shape call the outermost value: `params`, `result`, `content` …
    static var wireRoot: String { get }
}

extension WireDecodable {
    /// `params`, the usual outermost value.
    public static var wireRoot: String { "params" }

    /// Reads the value, or says with code -32602 which member is wrong, what was expected and what came.
    public init(decoding json: RawJSON) throws(ProtocolError) {
        do throws(ShapeMismatch) {
            try self.init(shape: json)
        } catch {
            throw .invalidParams(error.message(root: Self.wireRoot))
        }
    }

    /// Reads the params of a request that may have none; absent params count as an empty object.
    public init(params json: RawJSON?) throws(ProtocolError) {
        try self.init(decoding: json ?? .emptyObject)
    }
}

/// Something that can be written into a message of the protocol.
public protocol WireEncodable: Sendable {
    /// Writes the value as the context's revision knows it; members the revision lacks are left out.
    func write(into writer: inout JSONWriter, context: EncodingContext)
}

extension WireEncodable {
    /// The value as JSON on its own, by default in the newest revision.
    public func encoded(for context: EncodingContext = EncodingContext()) -> RawJSON {
        var writer = JSONWriter()
        write(into: &writer, context: context)
        return RawJSON(unchecked: writer.bytes[...])
    }
}

/// A shape of the specification, in both directions.
///
/// `Codable` goes through the wire form of the newest revision.
public protocol WireShape: WireDecodable, WireEncodable, Hashable, Codable {}

extension WireShape {
    /// Reads the newest revision's JSON form from any decoder.
    public init(from decoder: any Decoder) throws {
        try self.init(decoding: RawJSON(from: decoder))
    }

    /// Writes the newest revision's JSON form to any encoder.
    public func encode(to encoder: any Encoder) throws {
        try encoded().encode(to: encoder)
    }
}
