/// Tells what lives on a server's heap now.
public protocol ObjectCensus: Sendable {
    /// Counts all live blocks by type; on no thread of the cooperative pool.
    ///
    /// Taken while the server works it is no cut through one moment: what is made and freed meanwhile may be counted or not.
    ///
    /// - Throws: ``ObjectCensusError`` where nobody answers, and `CancellationError`.
    func snapshot() async throws -> ObjectSnapshot
}
