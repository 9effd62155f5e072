/// One function of a stack, and where its code is.
public struct StackFrame: Sendable, Hashable {
    /// The function's name, readable where it could be made so.
    public var symbol: String
    /// The module, library, package or file that it belongs to; `nil` where that is not known, and for what is no code, such as a thread.
    public var module: String?

    /// Describes a frame; nothing is looked up.
    public init(symbol: String, module: String? = nil) {
        self.symbol = symbol
        self.module = module
    }
}
