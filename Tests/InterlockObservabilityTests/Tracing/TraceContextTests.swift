import Instrumentation
import InterlockConcurrency
@testable import InterlockObservability
import InterlockSimulation
import Testing

@Suite("Trace context")
struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    @Test(
        "takes a traceparent to the letter",
        arguments: [
            ("00-\(trace)-\(span)-01", true), ("00-\(trace)-\(span)-00", true), ("00-\(trace)-\(span)-ff", true),
            ("cc-\(trace)-\(span)-01", true), ("cc-\(trace)-\(span)-01-what-the-future-will-be-like", true),
            ("00-\(trace)-\(span)-01-more", false), ("00-\(trace)-\(span)-01.", false), ("cc-\(trace)-\(span)-01.more", false),
            ("ff-\(trace)-\(span)-01", false), ("0-\(trace)-\(span)-01", false), (".0-\(trace)-\(span)-01", false),
            ("00-00000000000000000000000000000000-\(span)-01", false), ("00-\(trace)-0000000000000000-01", false),
            ("00-\(trace.uppercased())-\(span)-01", false), ("00-\(trace.dropLast())-\(span)-01", false), ("00-\(trace)-\(span)-1", false),
            ("00-\(trace)-\(span)-0X", false), ("00-\(trace.dropLast())g-\(span)-01", false), ("00_\(trace)-\(span)-01", false),
            ("", false), (" 00-\(trace)-\(span)-01", false), ("00-\(trace)-\(span)-0é", false),
        ])
    func traceparent(header: String, isValid: Bool) {
        #expect((TraceContext(traceparent: header) != nil) == isValid)
    }

    @Test("writes what it read")
    func roundTrip() throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01", tracestate: "a=1"))
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-01")
        #expect(context.isRemote && context.isSampled && context.state.header == "a=1")
        #expect(try #require(TraceContext(traceparent: context.traceparent, tracestate: "a=1,a=2")).state.entries.isEmpty)
    }

    @Test(
        "takes a tracestate by its grammar",
        arguments: [
            ("foo=1", "foo=1"), ("foo=1,bar=2", "foo=1,bar=2"), (" foo=1 \t,\tbar=2", "foo=1,bar=2"), ("foo=1,,bar=2,", "foo=1,bar=2"), ("", ""),
            ("t61rcwkgmze@ot=1", "t61rcwkgmze@ot=1"), ("0t@ot=1", "0t@ot=1"), ("foo= 1", "foo= 1"), ("a-_*/b=x", "a-_*/b=x"),
            ("foo", nil), ("foo=", nil), ("=1", nil), ("foo=1,foo=2", nil), ("Foo=1", nil), ("0foo=1", nil), ("foo =1", nil), ("foo@=1", nil), ("@foo=1", nil),
            ("foo@@bar=1", nil), ("foo@bar@baz=1", nil), ("foo=bar=baz", nil), ("foo.bar=1", nil), ("foo=é", nil), ("foo@0bar=1", nil),
        ] as [(String, String?)])
    func tracestate(header: String, written: String?) {
        #expect(TraceState(parsing: header)?.header == written)
    }

    @Test("bounds a tracestate: 32 entries, keys and values of 256, 512 characters sent on")
    func bounds() {
        func entries(_ count: Int) -> String { (0..<count).map { "k\($0)=v" }.joined(separator: ",") }
        #expect(TraceState(parsing: entries(32)) != nil)
        #expect(TraceState(parsing: entries(33)) == nil)
        #expect(TraceState(parsing: String(repeating: "a", count: 256) + "=1") != nil)
        #expect(TraceState(parsing: String(repeating: "a", count: 257) + "=1") == nil)
        #expect(TraceState(parsing: "a=" + String(repeating: "b", count: 257)) == nil)
        let long = "a=1,b=" + String(repeating: "x", count: 256) + ",c=" + String(repeating: "y", count: 256) + ",d=2"
        #expect(TraceState(parsing: long)?.header == "a=1,b=" + String(repeating: "x", count: 256) + ",d=2")
    }

    @Test("reads baggage, leaves out what is malformed, and writes it back escaped")
    func baggage() {
        let baggage = TraceBaggage(parsing: "userId=alice , serverNode=DF%2028;prop=1;flag, isProduction=false,bad key=1,=2,x=\"q\",y=%2")
        #expect(baggage["userId"] == "alice")
        #expect(baggage["serverNode"] == "DF 28")
        #expect(baggage.entries.count == 3)
        #expect(baggage.header == "userId=alice,serverNode=DF%2028;prop=1;flag,isProduction=false")
        #expect(TraceBaggage([.init("k", "ü,;%")]).header == "k=%C3%BC%2C%3B%25")
        #expect(TraceBaggage(parsing: TraceBaggage([.init("k", "ü,;%")]).header)["k"] == "ü,;%")
        #expect(TraceBaggage(parsing: (0..<100).map { "k\($0)=1" }.joined(separator: ",")).entries.count == 64)
        #expect(TraceBaggage([.init("k", String(repeating: "x", count: 9_000))]).header.isEmpty)
    }

    @Test("samples a share of traces by their ids, and follows the caller where there is one")
    func sampler() throws {
        let ids = TraceIDSource(seededFrom: RandomSource(SeededRandom(seed: 3)))
        let quarter = TraceSampler.ratio(0.25)
        let traces = (0..<20_000).map { _ in ids.trace().0 }
        #expect(Set(traces).count == traces.count)
        let count = traces.count { quarter.isSampled($0, parent: nil) }
        #expect((4_750...5_250).contains(count))
        // Who samples less samples among the same.
        #expect(traces.allSatisfy { !TraceSampler.ratio(0.1).isSampled($0, parent: nil) || quarter.isSampled($0, parent: nil) })
        let caller = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01"))
        #expect(TraceSampler.parentBased(root: .never).isSampled(caller.traceID, parent: caller))
        #expect(!TraceSampler.never.isSampled(caller.traceID, parent: caller))
    }
}
