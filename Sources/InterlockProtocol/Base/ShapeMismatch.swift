public import InterlockJSON

/// Where a JSON value does not have the shape the specification gives it.
///
/// Thrown while reading; ``WireDecodable/init(decoding:)`` turns it into a ``ProtocolError`` that names the member.
public struct ShapeMismatch: Error, Sendable, Hashable {
    /// The members from the outermost to the value that is wrong; array positions are written `[3]`.
    public var path: [String] { reversedPath.reversed() }
    /// What was expected and what came, without the path.
    public var problem: String

    private var reversedPath: [String] = []

    /// A problem with the value itself; callers on the way out add the path.
    public init(problem: String) {
        self.problem = problem
    }

    /// The value is of another kind than expected; `expectation` reads like "a string".
    public static func expected(_ expectation: String, got json: RawJSON) -> ShapeMismatch {
        ShapeMismatch(problem: "expected \(expectation), got \(json.excerpt)")
    }

    /// A required member is absent.
    public static func missing(_ key: String) -> ShapeMismatch {
        ShapeMismatch(problem: "required member is missing").inside(key)
    }

    /// The same mismatch, seen from the object or array that holds the value.
    public consuming func inside(_ component: String) -> ShapeMismatch {
        reversedPath.append(component)
        return self
    }

    /// The sentence for the peer, for example `params.name: expected a string, got 12`.
    public func message(root: String) -> String {
        var text = root
        for component in path {
            if component.hasPrefix("[") {
                text += component
            } else if component.utf8.allSatisfy(Self.isPlain) {
                text += "." + component
            } else {
                text += "[\"\(component)\"]"
            }
        }
        return text + ": " + problem
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}

extension RawJSON {
    /// What came instead, short enough for a message to the peer.
    fileprivate var excerpt: String {
        switch kind {
        case .object: return "an object"
        case .array: return "an array"
        case .null, .bool, .number, .string:
            let limit = 40
            let text = String(decoding: bytes.prefix(4 * limit), as: UTF8.self)
            return text.count <= limit && bytes.count <= 4 * limit ? text : text.prefix(limit) + "…"
        }
    }
}
