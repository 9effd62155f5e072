/// Gives others the turn until a condition holds: for a state that has no gate to wait at. The test's time limit bounds it.
func until(_ condition: () -> Bool) async throws {
    while !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}
