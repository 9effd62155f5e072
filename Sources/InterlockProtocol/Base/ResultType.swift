public import InterlockJSON

/// The value of `resultType`: what kind of result this is.
///
/// Extensions add values; a client treats one it did not negotiate as an invalid response.
/// Spec: 2026-07-28, Base Protocol › Results.
public struct ResultType: RawRepresentable, Sendable, Hashable {
    /// The string of the wire.
    public var rawValue: String

    /// Wraps a string from the wire, known or not.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The request is answered.
    public static let complete = ResultType(rawValue: "complete")
    /// The server needs input from the client first; the request is to be sent again with it.
    public static let inputRequired = ResultType(rawValue: "input_required")
    /// A task stands for the result (extension `io.modelcontextprotocol/tasks`).
    public static let task = ResultType(rawValue: "task")

    /// The type of a result as it came; absent, as legacy servers have it, means complete.
    public init(of result: RawJSON) throws(ProtocolError) {
        guard let json = result["resultType"], !json.isNull else {
            self = .complete
            return
        }
        do throws(ShapeMismatch) {
            rawValue = try String(shape: json)
        } catch {
            throw .invalidParams(error.inside("resultType").message(root: "result"))
        }
    }
}
