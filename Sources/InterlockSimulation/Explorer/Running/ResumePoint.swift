#if os(Linux) && compiler(>=6.3) && compiler(<6.4) && (arch(x86_64) || arch(arm64))
@_spi(Internal) @_spi(MemoryReaders) import Runtime
import Synchronization

/// Where a suspended task will go on, in terms of source.
///
/// It reads the first words of a task's record as the runtime of the toolchains named above lays them out: the address to
/// go on at, and the chain of callers. Only the run that makes the trace of a failure asks, never the search, and only
/// for a task that is about to be queued, so its record is alive and complete. Elsewhere there are no places.
enum ResumePoint {
    private static let resumeFunction = 56
    private static let resumeContext = 64
    private static let depth = 12

    /// The address at which the task goes on, then those at which its callers do.
    static func addresses(of task: UnownedJob) -> [UInt] {
        let record = unsafeBitCast(task, to: UnsafeRawPointer.self)
        var addresses = [record.load(fromByteOffset: resumeFunction, as: UInt.self)]
        var context = record.load(fromByteOffset: resumeContext, as: UnsafeRawPointer?.self)
        while let frame = context, addresses.count < depth {
            addresses.append(frame.load(fromByteOffset: 8, as: UInt.self))
            context = frame.load(as: UnsafeRawPointer?.self)
        }
        return addresses
    }

    /// For each list, the first place that is neither the runtime's nor this library's.
    static func places(_ lists: [[UInt]]) -> [String?] {
        let wanted = Set(lists.joined()).subtracting([0])
        // It looks at the beginning of every mapped file. Another thread may unmap one meanwhile, as a database does at its end, so the system is asked for
        // that memory: it answers with an error where reading it would end the process.
        let images = ImageMap.capture(using: LocalMemoryReader())
        let known = places.withLock { places in
            for address in wanted where places[address] == nil { places[address] = symbolicated(address, images) }
            return places
        }
        return lists.map { addresses in
            var fallback: String?
            for address in addresses {
                switch known[address] {
                case nil, .unknown: continue
                case .library(let text): fallback = fallback ?? text
                case .code(let text): return text
                }
            }
            return fallback
        }
    }

    /// What was looked up before: code does not move. At most one entry for each suspension point of the program.
    // interlock:allow unbounded-growth because code does not grow while it runs
    private static let places = Mutex<[UInt: Place]>([:])

    private enum Place: Sendable {
        case unknown
        case library(String)
        case code(String)
    }

    private static func symbolicated(_ address: UInt, _ images: ImageMap) -> Place {
        #if arch(x86_64)
        let architecture = "x86_64"
        #else
        let architecture = "arm64"
        #endif
        let backtrace = Backtrace(architecture: architecture, frames: [RichFrame<UInt>.programCounter(address)], images: images)
        guard let frames = backtrace.symbolicated(options: [.showSourceLocations])?.frames else { return .unknown }
        for frame in frames {
            guard let symbol = frame.symbol, let source = symbol.sourceLocation, source.line > 0 else { continue }
            let components = source.path.split(separator: "/")
            guard let file = components.last, !file.hasPrefix("<") else { continue }
            let text = "\(file):\(source.line) \(symbol.name)"
            return components.contains { $0 == "InterlockSimulation" || $0 == "InterlockConcurrency" } ? .library(text) : .code(text)
        }
        return .unknown
    }
}
#else

/// Where a suspended task will go on. Not known on this platform or toolchain.
enum ResumePoint {
    static func addresses(of task: UnownedJob) -> [UInt] { [] }
    static func places(_ lists: [[UInt]]) -> [String?] { lists.map { _ in nil } }
}
#endif
