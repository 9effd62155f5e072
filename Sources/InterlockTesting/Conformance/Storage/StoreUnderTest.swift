public import InterlockStorage

/// A store that instances share, as its kit sees it: how to make an empty one, and what it can be asked.
public struct StoreUnderTest<Store: Sendable>: Sendable, CustomStringConvertible {
    /// What tests call it.
    public var name: String
    /// Whether the store refuses more than it is made for with `StoreError.Code.full`.
    public var isBounded: Bool
    /// Makes an empty store of its own for one check. `capacity` is how much it keeps at most, where it is bounded: values, keys,
    /// leases; for an event store, bytes.
    public var make: @Sendable (_ capacity: Int) async throws -> StoreInstances<Store>

    public init(name: String, isBounded: Bool = true, make: @escaping @Sendable (_ capacity: Int) async throws -> StoreInstances<Store>) {
        self.name = name
        self.isBounded = isBounded
        self.make = make
    }

    public var description: String { name }

    /// Room enough for every check that is not about room.
    func makeRoomy() async throws -> StoreInstances<Store> { try await make(64 << 20) }
}

/// The store of one check: instances over one memory, and its time.
public struct StoreInstances<Store: Sendable>: Sendable {
    public var store: Store
    /// Another instance over the same memory, as another process has it; the same one where nothing else can share it.
    public var secondInstance: @Sendable () async throws -> Store
    /// Lets this much time pass for the store: moves its clock, or waits where its time is the world's. Checks ask for two seconds at most in all.
    public var advance: @Sendable (Duration) async throws -> Void

    public init(
        _ store: Store, secondInstance: @escaping @Sendable () async throws -> Store,
        advance: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.secondInstance = secondInstance
        self.advance = advance
    }
}

public typealias StateStoreUnderTest = StoreUnderTest<any StateStore>
public typealias IdempotencyStoreUnderTest = StoreUnderTest<any IdempotencyStore>
public typealias LeaseStoreUnderTest = StoreUnderTest<any LeaseStore>
public typealias RateLimitStoreUnderTest = StoreUnderTest<any RateLimitStore>
public typealias MessageBusUnderTest = StoreUnderTest<any MessageBus>
public typealias SharedEventStoreUnderTest = StoreUnderTest<any SharedEventStore>

extension Duration {
    /// What a check lets lapse.
    static let brief = Duration.milliseconds(200)
    /// Long enough for what is ``brief`` to be over.
    static let overBrief = Duration.milliseconds(300)
    /// What no check sees the end of.
    static let long = Duration.seconds(600)
}

extension Expectation {
    /// Throws unless the body throws a `StoreError` of this code.
    func refusal(_ code: StoreError.Code, of what: String, _ body: () async throws -> some Any) async throws {
        do {
            let result = try await body()
            throw failure("\(what) to throw the code \(code)", found: "\(result)")
        } catch let error as StoreError {
            try same(error.code, code, "the code of the error of \(what)")
        }
    }

    /// Throws unless the store can be asked about its bound.
    func needBound(_ subject: StoreUnderTest<some Sendable>) throws {
        if !subject.isBounded { throw SkippedCheck(reason: "\(subject) has no bound of its own") }
    }
}
