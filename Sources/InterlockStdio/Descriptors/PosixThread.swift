internal import InterlockTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread of its own for calls that block.
enum PosixThread {
    /// Starts a detached thread that runs `body` and ends with it. Linux keeps the first 15 bytes of the name.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(TransportError) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, nil, { PosixThread.run($0) }, start.toOpaque())
        #else
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { PosixThread.run($0!) }, start.toOpaque())
        #endif
        guard code == 0 else {
            start.release()
            throw systemError("cannot start the thread '\(name)'; raise the process's limit of threads (ulimit -u, cgroup pids.max)", code)
        }
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func run(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        name(start.name)
        start.body()
        return nil
    }

    /// Best effort: a thread without its name works as well.
    private static func name(_ name: String) {
        #if canImport(Darwin)
        pthread_setname_np(name)
        #else
        let file = open("/proc/thread-self/comm", O_WRONLY)
        guard file >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = write(file, bytes, bytes.count)
        close(file)
        #endif
    }
}
