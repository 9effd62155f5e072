/// Something that must hold of what is left when all calls have ended: the check for when the order of calls does not
/// matter, or is not known.
///
/// It is weaker than linearizability: a fault that heals before the end goes unseen.
public struct Invariant<Value>: Sendable {
    /// What must hold, in words.
    public let name: String
    private let complaint: @Sendable (Value) -> String?

    /// An invariant whose `complaint` says what is wrong with a value, or `nil` if nothing is.
    public init(_ name: String, complaint: @escaping @Sendable (Value) -> String?) {
        self.name = name
        self.complaint = complaint
    }

    /// What is wrong with `value`, or `nil` if the invariant holds.
    public func violation(in value: Value) -> InvariantViolation? {
        complaint(value).map { InvariantViolation(invariant: name, found: $0) }
    }

    /// The same invariant of something that `Value` is a part of.
    public func of<Whole>(_ part: @escaping @Sendable (Whole) -> Value) -> Invariant<Whole> {
        Invariant<Whole>(name) { complaint(part($0)) }
    }
}

/// A final state that is not as it should be.
public struct InvariantViolation: Hashable, Sendable, CustomStringConvertible {
    /// What should hold.
    public let invariant: String
    /// What was found instead.
    public let found: String

    public var description: String { "expected \(invariant), but \(found)" }
}

extension Sequence {
    /// All that is wrong with `value`, by the order of these invariants.
    public func violations<Value>(in value: Value) -> [InvariantViolation] where Element == Invariant<Value> {
        compactMap { $0.violation(in: value) }
    }
}
