/// One value of a choice in a form.
public struct EnumOption: Sendable, Hashable, ExpressibleByStringLiteral {
    /// What is sent.
    public var value: String
    /// What is shown; nil shows the value.
    public var title: String?

    /// Makes an option.
    public init(_ value: String, title: String? = nil) {
        self.value = value
        self.title = title
    }

    /// Makes an option that shows its value.
    public init(stringLiteral value: String) {
        self.init(value)
    }
}
