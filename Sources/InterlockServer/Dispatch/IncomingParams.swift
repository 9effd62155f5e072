import InterlockJSON
import InterlockProtocol

/// The params of a request, their members found once for all who look: the era, the routing headers, the metadata, the feature.
struct IncomingParams: Sendable {
    /// The params as they came; `{}` where there were none.
    let raw: RawJSON
    private let object: WireObject?

    init(_ params: RawJSON?) {
        raw = params ?? .emptyObject
        do throws(ShapeMismatch) {
            object = try WireObject(raw)
        } catch {
            object = nil // an array: whoever reads the shape says so
        }
    }

    /// The value of a member; `nil` too if the params are no object.
    func member(_ key: String) -> RawJSON? {
        object?.member(key)
    }

    /// Reads the params of `tools/call` from the members that were found.
    func callTool() throws(ProtocolError) -> CallToolParams {
        guard let object else { return try CallToolParams(decoding: raw) }
        do throws(ShapeMismatch) {
            return try CallToolParams(object)
        } catch {
            throw .invalidParams(error.message(root: CallToolParams.wireRoot))
        }
    }
}
