/// What every `MessageBus` owes to those who share it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: MessageBusConformance.checks)
/// func conforms(check: MessageBusConformance.Check) async throws {
///     let store = MessageBusUnderTest(name: "mine") { capacity in
///         let clock = ManualClock()
///         let store = MyMessageBus(capacity: capacity, clock: clock)
///         return StoreInstances(store, secondInstance: { store }, advance: { clock.advance(by: $0) })
///     }
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum MessageBusConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<MessageBusUnderTest>

    /// Every check, from one message to listeners who leave.
    public static let checks: [Check] = messages + listening
}
