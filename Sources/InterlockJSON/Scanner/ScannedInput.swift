/// What one transport message holds.
public enum ScannedInput: Sendable {
    /// One JSON-RPC message.
    case single(ScannedMessage)
    /// A batch, with each entry that is no message in its place; never empty.
    case batch([Result<ScannedMessage, JSONRPCScanError>])
}
