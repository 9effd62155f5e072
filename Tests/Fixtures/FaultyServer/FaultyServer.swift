import Dispatch
import Foundation
import Interlock
import Synchronization

/// `InterlockFaultyServer FAULT stdio` or `InterlockFaultyServer FAULT http PORT`: a server on this project's own library with one known fault.
///
/// `Tests/Interop/faulty_server.py` is the same on the official Python SDK. Instead of a fault there may be a delay, as in `delay=12`: its tool `work`
/// then answers after so many milliseconds, so that two such servers are as far apart as a comparison needs.
@main
enum FaultyServer {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        let delay = words.first.flatMap { $0.hasPrefix("delay=") ? Double($0.dropFirst(6)) : nil }
        guard words.count >= 2, let fault = delay == nil ? Fault(rawValue: words[0]) : Fault.none, let transport = transport(words, fault) else {
            let faults = Fault.allCases.map(\.rawValue).joined(separator: ", ")
            FileHandle.standardError.write(Data("usage: InterlockFaultyServer (FAULT | delay=MILLISECONDS) (stdio | http PORT)\nfaults: \(faults)\n".utf8))
            exit(1)
        }
        let server = try server(fault, delay: .milliseconds(delay ?? 0))
        let ends = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { @Sendable in server.beginGracefulShutdown(deadline: .seconds(1)) }
            source.resume()
            return source
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if fault == .leakIdle { group.addTask { try await grow() } }
            try await server.serve(on: [transport])
            group.cancelAll()
        }
        for end in ends { end.cancel() }
    }

    private static let hoard = Hoard()
    private static let leaks = ClassicLeaks()
    private static let counted = CountedLeaks()
    private static let calls = Atomic(0)

    private static func transport(_ words: [String], _ fault: Fault) -> (any ServerTransport)? {
        if words[1] == "stdio" { return StdioServerTransport() }
        guard words.count == 3, words[1] == "http", let port = Int(words[2]) else { return nil }
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: port)
        // One thread for everybody, as most runtimes have it: what blocks it blocks all.
        configuration.eventLoopThreads = 1
        return HTTPServerTransport(configuration: configuration, gate: FaultyGate(fault, hoard))
    }

    private static func server(_ fault: Fault, delay: Duration) throws -> Server {
        let (hoard, leaks, counted) = (hoard, leaks, counted)
        func guarded<Input: Sendable>(_ tool: Tool<Input>) -> Tool<Input> { fault == .serialise || fault == .lock ? tool.exclusive { _ in ["all"] } : tool }
        return try Server(name: "faulty", version: "1.0") {
            guarded(
                Tool("work", "Works, the way the fault says.", annotations: ToolAnnotations(readOnlyHint: true)) { (input: Work, _: HandlerContext) in
                    switch fault {
                    case .leakCall: hoard.keep(1024)
                    case .cache: hoard.keep(4096, upTo: 600)
                    case .serialise: try await Task.sleep(for: .milliseconds(20))
                    case .lock: try await Task.sleep(for: .milliseconds(6))
                    case .compute: FaultyGate.compute(for: 0.03)
                    case .exit: if calls.add(1, ordering: .relaxed).newValue == 100 { Foundation.exit(3) }
                    case .leakDescriptor, .leakThread, .leakChild: try counted.work(fault)
                    case .leakCancel:
                        do { try await Task.sleep(for: .milliseconds(300)) } catch {
                            hoard.keep(8192)
                            throw error
                        }
                    case .upstream: try await Task.sleep(for: .milliseconds(400))
                    case .listeners, .entries, .unbounded, .timers: leaks.work(fault, input.text)
                    default: if delay > .zero { try await Task.sleep(for: delay, tolerance: .zero) }
                    }
                    return input.text
                })
            Tool("quick", "Answers at once.", annotations: ToolAnnotations(readOnlyHint: true)) { (_: HandlerContext) in "quick" }
        }
    }

    private static func grow() async throws {
        while true {
            try await Task.sleep(for: .milliseconds(100))
            hoard.keep(1024)
        }
    }

    private struct Work: Decodable, ToolInput {
        var text: String
        static let inputSchema = InputSchema { .string("text", "What it answers") }.schema
    }
}
