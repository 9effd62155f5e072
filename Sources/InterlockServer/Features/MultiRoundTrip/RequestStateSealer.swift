/// Protects `requestState` between the rounds of a multi-round-trip request (2026-07-28, Patterns › Multi Round-Trip Requests).
///
/// The sealed string passes through the client, who must be taken for an attacker: opening must fail for anything this server did
/// not seal for the same `binding`.
public protocol RequestStateSealer: Sendable {
    /// Encrypts and authenticates `plaintext` together with `binding`, which is not contained in the result.
    func seal(_ plaintext: [UInt8], binding: [UInt8]) throws -> String
    /// The plaintext; throws if the string was not sealed with this key and this binding.
    func open(_ sealed: String, binding: [UInt8]) throws -> [UInt8]
}

/// A `requestState` that this server did not make for this request.
public struct RequestStateError: Error, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
