/// What a server's process runs on, and how that runtime shows what is on its heap.
public enum ServerRuntimeKind: String, Sendable, Hashable, CaseIterable {
    case python, node, deno, bun, java, dotnet, ruby, go, swift, unknown

    /// Tells it from the name of the executable, the words of the command line and the libraries that are mapped.
    package init(executable: String, words: [String], mapped: String) {
        let name = executable.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
        self = switch name {
        case _ where name.hasPrefix("python") || name.hasPrefix("pypy"): .python
        case _ where name == "node" || name == "nodejs" || name.hasPrefix("node-"): .node
        case "deno": .deno
        case "bun": .bun
        case "java": .java
        case "dotnet": .dotnet
        case _ where name.hasPrefix("ruby"): .ruby
        case _ where mapped.contains("libpython"): .python
        case _ where mapped.contains("libjvm.so"): .java
        case _ where mapped.contains("libcoreclr.so"): .dotnet
        case _ where mapped.contains("libnode.so"): .node
        case _ where mapped.contains("libswiftCore.so") || name == "interlock": .swift
        default: .unknown
        }
    }

    /// The command that takes the runtime's own snapshot of `process`, with what it needs; taken before and after a load, two of them name what grows.
    ///
    /// - Parameter countsObjects: that the live objects have been counted by type already, so that nothing is said of how.
    public func snapshotAdvice(_ process: Int32, countsObjects: Bool = false) -> String {
        switch self {
        case .python:
            "start the server with `python -X tracemalloc=25` and log `tracemalloc.take_snapshot().compare_to(before, 'lineno')`, or run it under `memray run -o out.bin server.py` and read `memray flamegraph --leaks out.bin`"
        case .node:
            "start the server with `node --heapsnapshot-signal=SIGUSR2`, send `kill -USR2 \(process)` before and after a load, and compare the two .heapsnapshot files in the Memory panel of DevTools"
        case .deno: "start the server with `deno run --inspect`, and compare two heap snapshots in the Memory panel of chrome://inspect"
        case .bun: "start the server with `bun --inspect`, or write `Bun.generateHeapSnapshot()` to a file before and after a load, and compare"
        case .java: "`jcmd \(process) GC.class_histogram` before and after a load; `jcmd \(process) GC.heap_dump /tmp/heap.hprof` for who holds them"
        case .dotnet: "`dotnet-gcdump collect -p \(process)` before and after a load, and compare the two in Visual Studio or PerfView"
        case .ruby: "`require 'objspace'; ObjectSpace.trace_object_allocations_start`, then `ObjectSpace.dump_all` before and after a load, and compare"
        case .go: "import net/http/pprof and run `go tool pprof -base before.pb.gz http://HOST/debug/pprof/heap` after a load"
        case .swift where countsObjects: "for who made them, run the server under `heaptrack COMMAND` and open the file with `heaptrack_gui`"
        case .swift:
            "start the server by `interlock leak --objects -- COMMAND`, which names the live objects that grow by type; for who made them, run it under `heaptrack COMMAND` and open the file with `heaptrack_gui`"
        case .unknown:
            "run the server under `heaptrack COMMAND` and open the file with `heaptrack_gui`, or preload jemalloc with `MALLOC_CONF=prof:true,prof_final:true` and read the profile with `jeprof`"
        }
    }
}
