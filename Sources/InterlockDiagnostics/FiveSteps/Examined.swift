import Synchronization

/// What an examination saw, kept for a second reader after the first has had it.
final class Examined: Sendable {
    private let seen = Mutex<DoctorObservations?>(nil)
    var value: DoctorObservations? { seen.withLock { $0 } }
    func set(_ observations: DoctorObservations) { seen.withLock { $0 = observations } }
}
