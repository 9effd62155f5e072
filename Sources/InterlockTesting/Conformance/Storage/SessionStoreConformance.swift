/// What every `SessionStore` owes to the server that keeps its sessions in it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: SessionStoreConformance.checks)
/// func conforms(check: SessionStoreConformance.Check) async throws {
///     let store = SessionStoreUnderTest(name: "mine", make: { try await MySessionStore(capacity: $0) })
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum SessionStoreConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<SessionStoreUnderTest>

    /// Every check, from one record to what a restart finds.
    public static let checks: [Check] = records + identity + removal + bounds + quota + sharing
}
