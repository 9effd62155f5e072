import InterlockConcurrency
import Synchronization

/// Where a key set is fetched from: an address that was configured, or the one that the issuer's metadata names, remembered for a while.
final class KeySetAddress: Sendable {
    private struct Found: Sendable {
        var address: FetchAddress
        var until: MonotonicTime
    }

    private let configured: FetchAddress?
    private let metadata: IssuerMetadata?
    private let found = Mutex<Found?>(nil)

    init(_ address: FetchAddress) {
        configured = address
        metadata = nil
    }

    init(_ metadata: IssuerMetadata) {
        configured = nil
        self.metadata = metadata
    }

    /// What logs call it.
    var text: String { configured?.text ?? metadata?.issuer ?? "" }

    /// The address, after a look at the metadata if that is due. The first document that is there decides.
    ///
    /// - Parameter deadline: when all of it must be done.
    func current(
        _ configuration: KeySetConfiguration, _ fetcher: any HTTPFetching, _ clock: any SchedulingClock, until deadline: MonotonicTime
    ) async throws -> FetchAddress {
        if let configured { return configured }
        if let found = found.withLock({ $0 }), clock.now < found.until { return found.address }
        guard let metadata else { throw AuthorizationError(.invalidAddress, "there is no address of a key set") }
        var status = 0
        for candidate in metadata.addresses {
            let left = deadline - clock.now
            guard left > .zero else { throw AuthorizationError(.fetchFailed, "the issuer's metadata took too long") }
            let response = try await fetcher.fetch(
                FetchRequest(
                    method: .get, url: candidate.text, headers: [("accept", "application/json")], timeout: left, maximumBytes: configuration.maximumBytes))
            status = response.status
            guard status == 200 else { continue }
            let address = try metadata.keys(in: response.body, maximumBytes: configuration.maximumBytes)
            let until = clock.now + configuration.lifetime(allowed: response.maximumAge)
            // interlock:allow check-then-create because the key set fetches once at a time, and another answer of the issuer would do as well
            found.withLock { $0 = Found(address: address, until: until) }
            return address
        }
        throw AuthorizationError(
            .fetchFailed, "the issuer has no metadata where it should be, and last answered \(status); name the address of its keys (\"jwks\")")
    }

    /// The keys were not where the metadata said: next time it is asked anew.
    func forget() {
        found.withLock { $0 = nil }
    }
}
