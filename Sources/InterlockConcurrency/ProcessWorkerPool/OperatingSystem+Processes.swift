#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The calls to the system that worker processes are made of.
extension OperatingSystem {
    /// A child and the parent's ends of what they share.
    package struct Child: Sendable {
        package let process: Int32
        /// A stream in both directions: the child's standard input and output.
        package let stream: Int32
        /// Memory that both see: descriptor 3 of the child for what it is given, 4 for what it answers.
        let input: Int32
        let output: Int32
    }

    /// Starts a program with the descriptors of ``Child``, in a process group of its own.
    package static func startChild(_ executable: String, _ arguments: [String], _ environment: [String]) throws(FileError) -> Child {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, streamType, 0, &ends) == 0 else {
            throw FileError("socketpair", executable, errno, advice: "the process may have too many files open")
        }
        // What the child gets is moved out of the way of the numbers it will have there.
        let theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
        close(ends[1])
        let input = sharedMemory(executable)
        let output = sharedMemory(executable)
        func fail(_ operation: String, _ number: Int32) -> FileError {
            for file in [ends[0], theirs, input, output] where file >= 0 { close(file) }
            return FileError(operation, executable, number, advice: "check that it exists and may be run, and the limits of the process")
        }
        guard theirs >= 0, input >= 0, output >= 0 else { throw fail("memfd_create", errno) }
        let (process, code) = spawn(executable, arguments, environment, giving: [(theirs, 0), (theirs, 1), (input, 3), (output, 4)])
        guard code == 0 else { throw fail("posix_spawn", code) }
        close(theirs)
        return Child(process: process, stream: ends[0], input: input, output: output)
    }

    /// Starts a shell that runs `script` and reads lines from a stream, in a process group of its own, with no other descriptor
    /// of this process. Returns it and this end of its stream.
    static func startShell(_ script: String) throws(FileError) -> (process: Int32, stream: Int32) {
        let shell = "/bin/sh"
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, streamType, 0, &ends) == 0 else {
            throw FileError("socketpair", shell, errno, advice: "the process may have too many files open")
        }
        let theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
        close(ends[1])
        defer { close(theirs) }
        // What this process answers on must end when this process does, so the shell does not hold it.
        let (process, code) = spawn(shell, ["-c", script], [], giving: [(theirs, 0)], silencing: [1, 2])
        guard code == 0 else {
            close(ends[0])
            throw FileError("posix_spawn", shell, code, advice: "check that it exists and may be run, and the limits of the process")
        }
        return (process, ends[0])
    }

    /// Starts a program in a process group of its own: its descriptors by number, and numbers that lead nowhere; or says why it cannot be started.
    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String], giving descriptors: [(file: Int32, number: Int32)], silencing numbers: [Int32] = []
    ) -> (process: pid_t, code: Int32) {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (file, number) in descriptors { posix_spawn_file_actions_adddup2(&actions, file, number) }
        for number in numbers { posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var process: pid_t = 0
        let code = withCStrings([executable] + arguments) { arguments in
            withCStrings(environment) { posix_spawn(&process, executable, &actions, &attributes, arguments, $0) }
        }
        return (process, code)
    }

    /// Closes this end of a shell's stream, and waits until the shell has ended by it.
    static func endShell(_ process: Int32, _ stream: Int32) {
        close(stream)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Waits on a thread of its own until nobody holds the other end of a stream, and ends this process then, whatever it is
    /// doing: its parent is gone, however that ended. For streams whose both directions end together, as a socket pair's do.
    package static func endWithPeer(of stream: Int32, status: Int32) {
        startEssentialThread(named: "interlock-parent") {
            // Asks for no event, so data does not wake it; the end of the stream is always told.
            var watched = pollfd(fd: stream, events: 0, revents: 0)
            while true {
                let count = poll(&watched, 1, -1)
                if count > 0, watched.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { _exit(status) }
                if count < 0, errno != EINTR { return }
            }
        }
    }

    /// Whether a child has ended by itself. It is still to be reaped.
    package static func hasEnded(_ child: Child) -> Bool {
        var information = siginfo_t()
        while true {
            let code = waitid(P_PID, id_t(child.process), &information, WEXITED | WNOHANG | WNOWAIT)
            if code < 0, errno == EINTR { continue }
            // Without news it names no signal.
            return code < 0 || information.si_signo != 0
        }
    }

    /// Whether there is nothing to read from a stream, not even its end.
    package static func isQuiet(_ stream: Int32) -> Bool {
        var watched = pollfd(fd: stream, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&watched, 1, 0)
            if count < 0, errno == EINTR { continue }
            return count == 0
        }
    }

    /// Ends a child and all it has started, and waits until it is gone, which a killed process soon is.
    package static func reap(_ child: Child) {
        var status: Int32 = 0
        while waitpid(child.process, &status, 0) < 0, errno == EINTR {}
        for file in [child.stream, child.input, child.output] { close(file) }
    }

    package static func kill(_ child: Child) {
        _ = killGroup(child.process)
    }

    /// Puts bytes at the start of shared memory.
    static func store(_ bytes: some Collection<UInt8>, in memory: Int32) -> Bool {
        guard ftruncate(memory, 0) == 0 else { return false }
        func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
            var written = 0
            while written < bytes.count {
                let count = pwrite(memory, bytes.baseAddress! + written, bytes.count - written, off_t(written))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
        return bytes.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) } ?? Array(bytes).withUnsafeBytes { write($0) }
    }

    /// Gives shared memory back to the system; the next `store` takes it anew.
    static func empty(_ memory: Int32) {
        // Fails for what is no memory of ours only, which `store` tells of.
        _ = ftruncate(memory, 0)
    }

    /// Reads bytes from the start of shared memory; `nil` when there are not so many.
    static func load(_ count: Int, from memory: Int32) -> [UInt8]? {
        var information = stat()
        guard count >= 0, fstat(memory, &information) == 0, Int(information.st_size) >= count else { return nil }
        // Making an array of none writes into the storage that all empty arrays share.
        if count == 0 { return [] }
        var read = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while read < count {
                let got = pread(memory, buffer.baseAddress! + read, count - read, off_t(read))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                read += got
            }
            filled = read
        }
        return read == count ? bytes : nil
    }

    /// Sees the start of shared memory without a copy while `body` runs; `nil` when it cannot be mapped.
    static func withMemory<R>(_ count: Int, of memory: Int32, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
        guard count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let address = mmap(nil, count, PROT_READ, MAP_SHARED, memory, 0), address != MAP_FAILED else { return nil }
        defer { munmap(address, count) }
        return try body(UnsafeRawBufferPointer(start: address, count: count))
    }

    /// Sends a line, without a signal when nobody reads it any more; `false` then.
    package static func sendLine(_ line: String, to stream: Int32) -> Bool {
        let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { send(stream, $0.baseAddress! + sent, bytes.count - sent, sendFlags) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Waits for a line of at most 100 bytes; `nil` at the end of the stream.
    package static func receiveLine(from stream: Int32) -> String? {
        var line: [UInt8] = []
        while line.count <= 100 {
            var byte: UInt8 = 0
            let count = read(stream, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    #if canImport(Darwin)
    private static let streamType = SOCK_STREAM
    private static let sendFlags: Int32 = 0
    #elseif canImport(Musl)
    private static let streamType = SOCK_STREAM | SOCK_CLOEXEC
    private static let sendFlags = MSG_NOSIGNAL
    #else
    private static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    private static func killGroup(_ process: Int32) -> Int32 {
        #if canImport(Darwin)
        Darwin.kill(-process, SIGKILL)
        #elseif canImport(Musl)
        Musl.kill(-process, SIGKILL)
        #else
        Glibc.kill(-process, SIGKILL)
        #endif
    }

    /// A file that is memory and has no name, by Linux's `memfd_create`, which Swift's view of the C library hides. -1 where
    /// the library has none. Its descriptor is at least 10 and closed in programs that are started.
    private static func sharedMemory(_ name: String) -> Int32 {
        let file: Int32
        if let library = dlopen(nil, RTLD_NOW), let symbol = dlsym(library, "memfd_create") {
            typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
            file = unsafeBitCast(symbol, to: Create.self)("interlock-worker", 1)  // 1 is MFD_CLOEXEC
        } else {
            return -1
        }
        guard file >= 0 else { return -1 }
        defer { close(file) }
        return fcntl(file, F_DUPFD_CLOEXEC, 10)
    }

    private static func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
        let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
