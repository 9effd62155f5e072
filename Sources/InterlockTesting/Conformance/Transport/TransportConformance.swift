/// What every pair of a `ServerTransport` and a `ClientTransport` owes to the runtimes it joins, as checks.
///
/// The kit plays both runtimes: it sends raw messages through the client's end and answers them behind the server's, so a
/// failure is the transport's. Run each check as a test of its own:
///
/// ```swift
/// @Test("conforms", arguments: TransportConformance.checks)
/// func conforms(check: TransportConformance.Check) async throws {
///     if case .skipped(let reason) = try await check.run(on: mine) { print(check, reason) }
/// }
/// ```
public enum TransportConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<TransportUnderTest>

    /// Every check, from one request to the end of the connection.
    public static let checks: [Check] = requests + notifications + content + order + events + backpressure + cancellation + endings + misuse
}
