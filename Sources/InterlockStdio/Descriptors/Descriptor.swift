internal import InterlockTransport
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file descriptor that belongs to us: closed once, at the latest with its last reference, never inherited by a child.
final class Descriptor: Sendable {
    let number: Int32
    private let isClosed = Atomic(false)

    /// Takes over `number`.
    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close()
    }

    /// Closes it. Idempotent. Nobody else may be using the number at this moment.
    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        closeDescriptor(number)
    }

    /// A private copy of a descriptor of somebody else's.
    static func duplicate(of number: Int32) throws(TransportError) -> Descriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw systemError("cannot duplicate file descriptor \(number)", errno) }
        return Descriptor(owning: copy)
    }

    /// The two ends of a new pipe.
    static func pipe() throws(TransportError) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard makePipe(&ends) == 0 else { throw systemError("cannot make a pipe", errno) }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// Makes reads and writes return instead of wait. Only for descriptors whose open file nobody else shares.
    func setNonBlocking() {
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
    }
}

/// Makes a pipe that no child inherits.
///
/// Swift's view of the C library lacks `pipe2`, which marks both ends in the same step; without it a child that another
/// thread starts between the two steps would keep the pipe open. It is looked up by name where the system has it.
private func makePipe(_ ends: UnsafeMutablePointer<Int32>) -> Int32 {
    if let pipe2 { return pipe2(ends, O_CLOEXEC) }
    guard pipe(ends) == 0 else { return -1 }
    for end in [ends[0], ends[1]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return 0
}

private let pipe2: (@convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32)? = {
    guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "pipe2") else { return nil }
    return unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32).self)
}()

/// `close(2)` under a name that a method called `close` does not hide.
private func closeDescriptor(_ number: Int32) {
    _ = close(number)
}

/// The error of a system call, in words.
func systemError(_ what: String, _ code: Int32) -> TransportError {
    TransportError(code == EPIPE ? .closed : .unreachable, "\(what): \(String(cString: strerror(code))) (errno \(code))")
}

/// Makes a write to a closed pipe an error instead of the end of the process, unless the program handles the signal itself.
func ignoreBrokenPipeSignal() {
    var current = sigaction()
    guard sigaction(SIGPIPE, nil, &current) == 0 else { return }
    #if canImport(Darwin)
    let isDefault = current.__sigaction_u.__sa_handler == nil
    #else
    let isDefault = current.__sigaction_handler.sa_handler == nil
    #endif
    if isDefault { signal(SIGPIPE, SIG_IGN) }
}
