#if os(Linux)
import Glibc
public import InterlockConcurrency

/// Reads a process and its descendants from Linux's `/proc`.
///
/// The descendants count with their parent, because a command is often a wrapper: memory, descriptors and threads are sums over all of them.
/// One sample of a process with ten threads takes some 200 µs here and about 1 ms there, where the kernel walks the page tables.
public struct ProcFileSystem: ProcessReading {
    public let processIdentifier: Int32
    public let serverIdentifier: Int32
    public let runtime: ServerRuntimeKind
    private let clock: any SchedulingClock

    /// Returns `nil` when there is no such process, or it may not be read.
    public init?(process: Int32, clock: any SchedulingClock = SystemClock.shared) {
        guard process > 0, Self.read("/proc/\(process)/stat") != nil else { return nil }
        processIdentifier = process
        self.clock = clock
        let server = Self.server(of: process)
        serverIdentifier = server
        let words = Self.words(of: server)
        runtime = ServerRuntimeKind(executable: Self.link("/proc/\(server)/exe") ?? words.first ?? "", words: words, mapped: Self.read("/proc/\(server)/maps") ?? "")
    }

    public func sample() -> ProcessSample? {
        guard Self.read("/proc/\(processIdentifier)/stat") != nil else { return nil }
        let descendants = Self.descendants(of: processIdentifier)
        var sample = ProcessSample(time: clock.now, children: descendants.count)
        for process in [processIdentifier] + descendants { Self.add(process, to: &sample) }
        return sample
    }

    /// The process that listens on a port of this machine, if it may be seen.
    public static func listener(port: Int) -> Int32? {
        var inodes = Set<String>()
        for file in ["/proc/net/tcp", "/proc/net/tcp6"] { inodes.formUnion(ProcText.listeningInodes(read(file) ?? "", port: port)) }
        guard !inodes.isEmpty else { return nil }
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        for process in names(in: "/proc").compactMap({ Int32($0) }).sorted() {
            for descriptor in names(in: "/proc/\(process)/fd") {
                if let target = link("/proc/\(process)/fd/\(descriptor)"), wanted.contains(target) { return process }
            }
        }
        return nil
    }

    private static func add(_ process: Int32, to sample: inout ProcessSample) {
        func plus(_ sum: inout Int?, _ more: Int?) { if let more { sum = (sum ?? 0) + more } }
        let status = (read("/proc/\(process)/status") ?? "")[...]
        plus(&sample.resident, ProcText.number("VmRSS", in: status).map { $0 << 10 })
        plus(&sample.anonymous, ProcText.number("RssAnon", in: status).map { $0 << 10 })
        let memory = (read("/proc/\(process)/smaps_rollup") ?? "")[...]
        plus(&sample.proportional, ProcText.number("Pss", in: memory).map { $0 << 10 })
        plus(&sample.privateDirty, ProcText.number("Private_Dirty", in: memory).map { $0 << 10 })
        let descriptors = names(in: "/proc/\(process)/fd")
        if !descriptors.isEmpty { plus(&sample.descriptors, descriptors.count) }
        let tick = 1_000_000_000 / Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        if let whole = read("/proc/\(process)/stat").flatMap(ProcText.process) {
            sample.processNanoseconds = (sample.processNanoseconds ?? 0) + Int64(whole.own + whole.children) * tick
            sample.began[process] = whole.began
        }
        let storage = (read("/proc/\(process)/io") ?? "")[...]
        plus(&sample.readBytes, ProcText.number("read_bytes", in: storage))
        plus(&sample.writtenBytes, ProcText.number("write_bytes", in: storage))
        let threads = names(in: "/proc/\(process)/task")
        plus(&sample.threads, threads.isEmpty ? nil : threads.count)
        for thread in threads.compactMap({ Int32($0) }) {
            let folder = "/proc/\(process)/task/\(thread)"
            guard let stat = read("\(folder)/stat").flatMap(ProcText.stat) else { continue }
            let use = read("\(folder)/schedstat").flatMap(ProcText.schedstat)
            sample.threadUse.append(.init(id: thread, name: stat.name, cpuNanoseconds: use?.running ?? Int64(stat.ticks) * tick))
            if let waiting = use?.waiting { sample.runQueueNanoseconds = (sample.runQueueNanoseconds ?? 0) + waiting }
            let threadStatus = (read("\(folder)/status") ?? "")[...]
            plus(&sample.voluntarySwitches, ProcText.number("voluntary_ctxt_switches", in: threadStatus))
            plus(&sample.involuntarySwitches, ProcText.number("nonvoluntary_ctxt_switches", in: threadStatus))
        }
    }

    /// All that descend from a process, parents before their children; at most 1,024.
    private static func descendants(of process: Int32) -> [Int32] {
        let children = childrenByParent()
        var found: [Int32] = []
        var open = [process]
        while let parent = open.popLast(), found.count < 1024 {
            found += children[parent] ?? []
            open += children[parent] ?? []
        }
        return found
    }

    /// The processes of this machine that have children, each with these, the eldest first.
    private static func childrenByParent() -> [Int32: [Int32]] {
        var children: [Int32: [Int32]] = [:]
        for candidate in names(in: "/proc").compactMap({ Int32($0) }).sorted() {
            guard let parent = read("/proc/\(candidate)/stat").flatMap(ProcText.parent) else { continue }
            children[parent, default: []].append(candidate)
        }
        return children
    }

    /// The server among a process and its descendants: the process itself, unless it only starts another; see ``ServerProcess``.
    package static func server(of process: Int32) -> Int32 {
        let children = childrenByParent()
        return ServerProcess.find(from: process) { ServerProcess.Seen(name: name(of: $0), words: words(of: $0), children: children[$0] ?? []) }
    }

    /// What the kernel calls a process, 15 bytes at most; empty when there is none.
    package static func name(of process: Int32) -> String {
        (read("/proc/\(process)/comm") ?? "").split(separator: "\n").first.map(String.init) ?? ""
    }

    /// The command line of a process; empty when it may not be read.
    private static func words(of process: Int32) -> [String] {
        (read("/proc/\(process)/cmdline") ?? "").split(separator: "\0").map(String.init)
    }

    /// A process and all that descend from it, parents before their children; at most 1,025.
    package static func tree(of process: Int32) -> [Int32] { [process] + descendants(of: process) }

    /// The threads of a process.
    package static func threads(of process: Int32) -> [Int32] { names(in: "/proc/\(process)/task").compactMap { Int32($0) } }

    /// A text file, up to `limit` bytes; `nil` when it cannot be opened.
    package static func text(_ path: String, limit: Int = 4 << 20) -> String? { read(path, limit: limit) }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// What is in a folder; nothing when it cannot be listed.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The whole file, up to `limit` bytes; `nil` when it cannot be opened.
    private static func read(_ path: String, limit: Int = 4 << 20) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < limit {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
#endif
