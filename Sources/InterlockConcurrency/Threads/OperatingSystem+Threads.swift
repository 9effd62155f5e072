#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension OperatingSystem {
    /// Starts a detached thread that runs `body` and ends with it.
    ///
    /// The name shows in `top -H`, `perf` and debuggers; Linux keeps its first 15 bytes.
    ///
    /// - Throws: ``ThreadStartError`` when the system refuses a thread; `body` is then not run.
    package static func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadStartError) {
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, nil, { runThread($0) }, start.toOpaque())
        let created = thread
        #else
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { runThread($0!) }, start.toOpaque())
        let created: pthread_t? = thread
        #endif
        guard code == 0, let created else {
            start.release()
            throw ThreadStartError(name: name, code: code)
        }
        pthread_detach(created)
    }

    /// As ``startThread(named:_:)``, but traps when the system refuses a thread: a process without its clock or its workers would only hang.
    static func startEssentialThread(named name: String, _ body: @escaping @Sendable () -> Void) {
        do throws(ThreadStartError) { try startThread(named: name, body) } catch { fatalError(error.description) }
    }
}

/// The system refused a thread.
package struct ThreadStartError: Error, CustomStringConvertible {
    /// The thread's name.
    package let name: String
    /// What `pthread_create` returned.
    package let code: Int32

    package var description: String {
        "cannot start the thread '\(name)': error \(code); raise the process's limit of threads (ulimit -u, cgroup pids.max) or start fewer"
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    nameThisThread(start.name)
    start.body()
    return nil
}

/// Best effort: a thread without its name works just as well, so a failure is not reported.
private func nameThisThread(_ name: String) {
    #if canImport(Darwin)
    pthread_setname_np(name)
    #else
    // Swift's view of the C library has neither pthread_setname_np (a GNU extension) nor prctl (variadic).
    let file = open("/proc/thread-self/comm", O_WRONLY)
    guard file >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    _ = write(file, bytes, bytes.count)
    close(file)
    #endif
}
