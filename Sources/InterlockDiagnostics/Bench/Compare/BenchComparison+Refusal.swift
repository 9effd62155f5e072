extension BenchComparison {
    /// Refuses runs of two machines; to be asked before a load is run for nothing.
    package static func requireOneMachine(_ baseline: MachineFingerprint, _ candidate: MachineFingerprint = .current) throws(BenchError) {
        let differences = baseline.differences(from: candidate)
        guard differences.isEmpty else {
            throw BenchError(
                "the runs come from different machines (\(differences.joined(separator: ", "))), which says nothing about the server; "
                    + "run both on one, or say --across-machines")
        }
    }

    /// Refuses runs of unlike loads; to be asked before a load is run for nothing. What a side does not say is not held against it.
    package static func requireLikeLoads(_ baseline: LoadDescription?, _ candidate: LoadDescription?) throws(BenchError) {
        guard let baseline, let candidate else { return }
        let differences = baseline.differences(from: candidate)
        guard differences.isEmpty else {
            throw BenchError(
                "the runs come from unlike loads (\(differences.joined(separator: "; "))), which says nothing about the server; "
                    + "give both the same, or say --across-loads")
        }
    }
}
