import Instrumentation
@testable import InterlockObservability
import InterlockTransport
import Logging
import Testing

@Suite("The ids in the log")
struct MetadataProviderTests {
    @Test("are those of the current task, shortened and without control characters")
    func ids() throws {
        #expect(Logger.MetadataProvider.interlock.get().isEmpty)
        var context = ServiceContext.topLevel
        context.traceContext = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        context.logIdentity = LogIdentity(requestID: "a\nforged=1", sessionID: String(repeating: "s", count: 100))
        let metadata = ServiceContext.withValue(context) { Logger.MetadataProvider.interlock.get() }
        #expect(
            metadata == [
                "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331", "request_id": "a?forged=1",
                "session_id": .string(String(repeating: "s", count: 64)),
            ])
    }
}
