import InterlockConcurrency

/// The code that `body` fails with, or `nil` when it succeeds.
func acquireFailure(_ body: () async throws -> Void) async throws -> AcquireError.Code? {
    do {
        try await body()
        return nil
    } catch let error as AcquireError {
        return error.code
    }
}
