import CLinux
import Glibc

/// What a process has used so far, as /proc says.
public struct ProcessUsage: Sendable {
    /// User and system time in seconds.
    public var cpuSeconds: Double
    /// Resident memory in bytes.
    public var residentBytes: Int

    /// Reads the usage of a running process.
    public init(of process: Int32) throws(MeasuringError) {
        let text = try Self.read("/proc/\(process)/stat")
        // The second field is the program's name in parentheses, which may contain spaces; state is the first one after it.
        guard let end = text.lastIndex(of: ")") else { throw MeasuringError("/proc/\(process)/stat cannot be read: is the process alive?") }
        let fields = text[text.index(after: end)...].split(separator: " ")
        let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
        cpuSeconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        residentBytes = (Int(fields[21]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func read(_ path: String) throws(MeasuringError) -> String {
        guard let file = fopen(path, "r") else { throw MeasuringError("\(path) cannot be opened: is the process alive?") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

/// Why a measurement came to nothing.
public struct MeasuringError: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }

    /// A system call that failed, with the reason `errno` gives.
    static func system(_ call: String) -> MeasuringError {
        MeasuringError("\(call): \(String(cString: strerror(errno)))")
    }
}

/// Nanoseconds on the monotonic clock.
public func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Ends the program with a message on standard error.
public func fail(_ message: String) -> Never {
    let line = message + "\n"
    _ = write(2, line, line.utf8.count)
    exit(1)
}
