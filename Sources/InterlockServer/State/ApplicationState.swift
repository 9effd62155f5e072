import InterlockConcurrency
import InterlockStorage
import InterlockJSON
import InterlockTransport

/// An application's own values, shared by all instances that have the server's state store in common.
///
/// ```swift
/// let visits = try await context.state.update("visits", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0! }
/// ```
///
/// Values are `Codable` and stored as JSON. Every change is a compare-and-set: what it was computed from is still there when it is written, or it is
/// computed again. Names belong to the server, or to one tenant or caller: see ``HandlerContext/state(of:)``.
public struct ApplicationState: Sendable {
    /// Whose values these are.
    public enum Owner: Sendable, Hashable {
        /// The server's: all callers see them.
        case server
        /// The caller's tenant; the server's where the caller has none.
        case tenant
        /// The caller's; the server's where nobody was identified.
        case caller
    }

    /// A value could not be changed because others were quicker every time.
    public struct Contended: Error, Sendable, CustomStringConvertible {
        /// The names of the values.
        public var names: [String]
        /// How often it was tried.
        public var attempts: Int
        public var description: String {
            "\(names.joined(separator: ", ")): changed by others in each of \(attempts) attempts; put a lock in front, such as exclusive(by:reach:)"
        }
    }

    let store: any StateStore
    let prefix: String
    let clock: any SchedulingClock
    let random: RandomSource
    /// Ties what is changed to the key of an idempotent call.
    let idempotency: IdempotentCommit?

    /// How often a change is computed anew because somebody else was quicker.
    static let attempts = 32

    /// The value under a name; `nil` if there is none.
    ///
    /// - Throws: ``InterlockStorage/StoreError``; `DecodingError` if what is there is of another type.
    public func load<Value: Codable & Sendable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value? {
        try await values([name], of: type)[0].value
    }

    /// Changes a value in one step: loads it, lets `change` make a new one, stores that if nobody has changed it meanwhile, else begins again.
    ///
    /// `change` may run several times and has no effects but on its argument; setting it to `nil` removes the value.
    ///
    /// - Throws: ``Contended`` after 32 attempts, ``InterlockStorage/StoreError``, and what `change` throws.
    public func update<Value: Codable & Sendable, Result: Sendable>(
        _ name: String, of type: Value.Type = Value.self, expiresAfter: Duration? = nil, _ change: (inout Value?) throws -> Result
    ) async throws -> Result {
        try await update([name], of: type, expiresAfter: expiresAfter) { values in
            var value = values[0]
            defer { values[0] = value }
            return try change(&value)
        }
    }

    /// Changes several values in one step, all or none.
    public func update<Value: Codable & Sendable, Result: Sendable>(
        _ names: [String], of type: Value.Type = Value.self, expiresAfter: Duration? = nil, _ change: (inout [Value?]) throws -> Result
    ) async throws -> Result {
        precondition(!names.isEmpty, "update([]): name at least one value")
        let backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(50))
        for attempt in 1...Self.attempts {
            let loaded = try await values(names, of: type)
            var changed = loaded.map(\.value)
            let result = try change(&changed)
            var changes: [StateChange] = []
            for (index, name) in names.enumerated() {
                let expectation: StateChange.Expectation = loaded[index].version.map { .version($0) } ?? .absent
                changes.append(StateChange(prefix + name, expecting: expectation, value: try changed[index].map { Array(try RawJSON(encoding: $0).bytes) }, expiresAfter: expiresAfter))
            }
            if try await store.commit(changes + (idempotency?.changes(under: prefix) ?? [])) {
                idempotency?.committed()
                return result
            }
            if try await idempotency?.wasMadeByOther(under: prefix, in: store) == true { throw AlreadyCommitted() }
            if attempt < Self.attempts { try await clock.sleep(until: clock.now + backoff.delay(afterFailures: attempt, fraction: random.fraction())) }
        }
        throw Contended(names: names, attempts: Self.attempts)
    }

    /// Where an owner's values stand; all of one owner's lie together in a cluster, so that they can be changed in one step.
    static func prefix(_ owner: Owner, _ principal: Principal?) -> String {
        switch (owner, principal) {
        case (.tenant, let principal?) where principal.tenant != nil: "{tenant:\(escaped(principal.tenant ?? ""))}:"
        case (.caller, let principal?): "{caller:\(escaped(principal.identity))}:"
        default: "{server}:"
        }
    }

    /// Without braces, which end the part of a key that places it.
    private static func escaped(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("{", with: "%7B").replacing("}", with: "%7D")
    }

    private func values<Value: Codable & Sendable>(_ names: [String], of type: Value.Type) async throws -> [(value: Value?, version: UInt64?)] {
        try await store.load(names.map { prefix + $0 }).map { stored in
            guard let stored else { return (nil, nil) }
            return (try RawJSON(stored.value).decode(type), stored.version)
        }
    }
}

extension HandlerContext {
    /// Values of this server that all its instances share.
    public var state: ApplicationState { state(of: .server) }

    /// Values of the server, the caller's tenant or the caller, shared by all instances.
    public func state(of owner: ApplicationState.Owner) -> ApplicationState {
        let configuration = server.configuration
        return ApplicationState(
            store: configuration.stateStore, prefix: ApplicationState.prefix(owner, principal), clock: configuration.clock, random: configuration.random,
            idempotency: once)
    }
}
