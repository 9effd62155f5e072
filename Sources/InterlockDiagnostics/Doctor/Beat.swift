import InterlockClient
import InterlockConcurrency
import InterlockProtocol

/// A trivial request, timed: `server/discover`, or `ping` in the legacy era, which every server answers without any work.
struct Beat {
    let client: Client
    let clock: any SchedulingClock

    /// Milliseconds to the answer; `nil` when there was none.
    func once() async throws -> Double? {
        let begin = clock.now
        do {
            if client.server?.revision.isModern == true { _ = try await client.discover() } else { try await client.ping() }
            return (clock.now - begin).inMilliseconds
        } catch is ProtocolError {
            return (clock.now - begin).inMilliseconds // a refusal is an answer, and as quick
        } catch let error as ClientError where error.code == .timedOut {
            return nil
        }
    }

    /// Asks every ten milliseconds until cancelled; the request that is on its way then is waited for.
    func untilCancelled() async throws -> [Double] {
        var latencies: [Double] = []
        while !Task.isCancelled {
            // Cancelling must not cut off the answer that is late: it is the one that counts.
            let latency = try await Task { try await once() }.value // awaited here
            if let latency { latencies.append(latency) }
            do { try await clock.sleep(for: .milliseconds(10)) } catch { break }
        }
        return latencies
    }
}
