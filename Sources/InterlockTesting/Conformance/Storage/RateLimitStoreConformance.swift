/// What every `RateLimitStore` owes to those who share it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: RateLimitStoreConformance.checks)
/// func conforms(check: RateLimitStoreConformance.Check) async throws {
///     let store = RateLimitStoreUnderTest(name: "mine") { capacity in
///         let clock = ManualClock()
///         let store = MyRateLimitStore(capacity: capacity, clock: clock)
///         return StoreInstances(store, secondInstance: { store }, advance: { clock.advance(by: $0) })
///     }
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum RateLimitStoreConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<RateLimitStoreUnderTest>

    /// Every check, from one decision to many at once.
    public static let checks: [Check] = decisions + time + sharing
}
