/// What every `EventStore` owes to the streams that are resumed from it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: EventStoreConformance.checks)
/// func conforms(check: EventStoreConformance.Check) async throws {
///     let store = EventStoreUnderTest(name: "mine", make: { MyEventStore(maximumBytes: $0) })
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum EventStoreConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<EventStoreUnderTest>

    /// Every check, from one stream to what a restart finds.
    public static let checks: [Check] = replay + separation + budget + sharing
}
