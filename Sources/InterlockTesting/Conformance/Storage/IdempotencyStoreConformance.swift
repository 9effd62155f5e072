/// What every `IdempotencyStore` owes to those who share it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: IdempotencyStoreConformance.checks)
/// func conforms(check: IdempotencyStoreConformance.Check) async throws {
///     let store = IdempotencyStoreUnderTest(name: "mine") { capacity in
///         let clock = ManualClock()
///         let store = MyIdempotencyStore(capacity: capacity, clock: clock)
///         return StoreInstances(store, secondInstance: { store }, advance: { clock.advance(by: $0) })
///     }
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum IdempotencyStoreConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<IdempotencyStoreUnderTest>

    /// Every check, from one claim to a store that is full.
    public static let checks: [Check] = claims + results + lapses + bounds
}
