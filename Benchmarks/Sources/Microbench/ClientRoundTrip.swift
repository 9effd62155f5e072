import CAllocationCount
import EchoTool
import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockTransport
import Measuring

/// A client's call over a linked pair: everything a user of both libraries pays but the system calls.
struct ClientRoundTrip {
    var era: Era
    var clock: any SchedulingClock

    func measure(warmUp: Int, count: Int) async throws -> Figures {
        let server = try EchoServer.make(clock: clock)
        let (serverEnd, clientEnd) = InMemoryTransport.linkedPair(clock: clock)
        let serving = Task { try await server.serve(on: [serverEnd]) } // awaited below, when the client has closed its end
        let configuration = ClientConfiguration(era: era == .modern ? .modern() : .legacy())
        let client = Client(clientEnd, info: Implementation(name: "microbench", version: "1.0"), configuration: configuration, clock: clock)
        try await client.connect()
        let arguments = try RawJSON(parsing: #"{"text":"hello"}"#)
        func call() async throws {
            let result = try await client.callTool("echo", arguments: arguments)
            guard !result.isError else { throw MeasuringError("the call failed") }
        }

        for _ in 0..<warmUp { try await call() }
        var samples = Samples(reservingCapacity: count)
        let allocations = allocation_count()
        let bytes = allocation_bytes()
        for _ in 0..<count {
            let began = nanoseconds()
            try await call()
            samples.append(nanoseconds() - began)
        }
        var figures = Figures()
        figures.set("allocations", Double(allocation_count() - allocations) / Double(count))
        figures.set("bytes", Double(allocation_bytes() - bytes) / Double(count))
        figures.set(samples)
        await client.close()
        try await serving.value
        return figures
    }
}
