/// One function on a stack.
public struct StackFrame: Sendable, Hashable {
    /// The function, demangled where it is Swift's; an address where nobody knows its name.
    public var symbol: String
    /// The file it comes from, without its folder; `nil` where that is not known.
    public var module: String?

    /// Makes a frame.
    public init(symbol: String, module: String? = nil) {
        self.symbol = symbol
        self.module = module
    }
}
