import Foundation
import Synchronization

/// The tenant configuration in force, replaced as a whole.
///
/// A request sees the old configuration or the new one, never parts of both. A new one that is not usable changes
/// nothing and is reported. Looking a tenant up is one short critical section.
public final class TenantDirectory: Sendable {
    /// One configuration, ready to be looked up in.
    struct Content: Sendable {
        let configuration: TenantConfiguration
        let listed: [TenantKey: TenantTerms]
        let defaults: TenantTerms

        init(_ configuration: TenantConfiguration, generation: UInt64) {
            self.configuration = configuration
            defaults = TenantTerms(configuration.defaults, generation: generation)
            var listed: [TenantKey: TenantTerms] = [:]
            listed.reserveCapacity(configuration.tenants.count)
            for (name, policy) in configuration.tenants { listed[TenantKey(name)] = TenantTerms(policy, generation: generation) }
            self.listed = listed
        }

        func terms(of tenant: String?) -> TenantTerms? {
            guard let tenant else { return configuration.withoutTenant == .defaults ? defaults : nil }
            return listed[TenantKey(tenant)] ?? (configuration.unknownTenants == .defaults ? defaults : nil)
        }
    }

    private struct State {
        var content: Content
        var observers: [@Sendable (TenantChange) -> Void] = []
        var failure: TenantConfigurationError?
    }

    private let state: Mutex<State>
    /// Held while a configuration is put in force, so that one comes after another; looking up does not wait for it.
    private let replacing = Mutex(())
    private let currentGeneration = Atomic<UInt64>(1)
    private let source: (@Sendable () throws -> [UInt8])?

    /// Puts a configuration in force. Without a source, ``reload()`` has nothing to read.
    public init(_ configuration: TenantConfiguration) {
        state = Mutex(State(content: Content(configuration, generation: 1)))
        source = nil
    }

    /// Reads the configuration from a source, now and whenever ``reload()`` is called.
    ///
    /// - Parameter source: brings the bytes of the file; what it throws is reported by description. May block, so it is
    ///   called on the thread of whoever reloads, one call at a time only if the callers see to it.
    /// - Throws: ``TenantConfigurationError`` when the first configuration is not usable.
    public init(source: @escaping @Sendable () throws -> [UInt8]) throws(TenantConfigurationError) {
        let configuration = try Self.read(source)
        state = Mutex(State(content: Content(configuration, generation: 1)))
        self.source = source
    }

    /// Reads the configuration from a JSON file, now and whenever ``reload()`` is called.
    public convenience init(file path: String) throws(TenantConfigurationError) {
        try self.init { [UInt8](try Data(contentsOf: URL(filePath: path))) }
    }

    /// The terms of a tenant: its own, or the defaults where these apply to it; `nil` when it is refused as unknown.
    ///
    /// - Parameter tenant: `nil` for callers whose credential names none.
    public func terms(of tenant: String?) -> TenantTerms? {
        state.withLock { $0.content.terms(of: tenant) }
    }

    /// The configuration in force.
    public var configuration: TenantConfiguration { state.withLock { $0.content.configuration } }

    /// Why the last configuration that was to take effect did not; `nil` since one did.
    public var lastFailure: TenantConfigurationError? { state.withLock { $0.failure } }

    /// The generation of the terms in force; others are out of date.
    var generation: UInt64 { currentGeneration.load(ordering: .acquiring) }

    /// Puts another configuration in force for every request from now on, and then tells the observers.
    @discardableResult
    public func replace(_ configuration: TenantConfiguration) -> TenantChange {
        let (change, observers) = replacing.withLock { _ in
            let generation = currentGeneration.load(ordering: .relaxed) + 1
            let next = Content(configuration, generation: generation)
            return state.withLock { state in
                let change = TenantChange(from: state.content, to: next)
                state.content = next
                state.failure = nil
                currentGeneration.store(generation, ordering: .releasing)
                return (change, state.observers)
            }
        }
        for observer in observers { observer(change) }
        return change
    }

    /// Reads the source again and puts what it says in force.
    ///
    /// - Throws: ``TenantConfigurationError`` when it cannot be read or used; the configuration in force stays then.
    @discardableResult
    public func reload() throws(TenantConfigurationError) -> TenantChange {
        do throws(TenantConfigurationError) {
            guard let source else {
                throw TenantConfigurationError([.init(path: "", message: "it was made in code and has no file; use replace(_:)")])
            }
            return replace(try Self.read(source))
        } catch {
            refuse(error)
            throw error
        }
    }

    /// Notes that another configuration was to take effect and is not usable: the one in force stays.
    public func refuse(_ failure: TenantConfigurationError) {
        state.withLock { $0.failure = failure }
    }

    /// Tells `observer` of every change from now on, after it is in force, on the thread that made it.
    ///
    /// For the parts of a server, once each when they are made: an observer stays as long as the directory.
    public func onChange(_ observer: @escaping @Sendable (TenantChange) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    private static func read(_ source: () throws -> [UInt8]) throws(TenantConfigurationError) -> TenantConfiguration {
        let bytes: [UInt8]
        do {
            bytes = try source()
        } catch {
            throw TenantConfigurationError([.init(path: "", message: "it could not be read: \(error)")])
        }
        return try TenantConfiguration(json: bytes)
    }
}
