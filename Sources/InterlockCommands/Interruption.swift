import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Ctrl-C, SIGTERM and the end of the terminal, for commands that run for a while: the first one cancels the command, which ends what it has started,
/// removes what it has made, and prints what there is; the second one ends the program at once.
///
/// A signal that whoever started this program had it ignore, as `nohup` and the background of a shell do, stays ignored.
enum Interruption {
    private static let heard = Atomic<Int32>(0)
    /// Where the handler writes.
    // SAFETY: set once, before there is a handler that reads it.
    nonisolated(unsafe) private static var writeEnd: Int32 = -1

    /// The first signal that came; `nil` as long as there was none.
    static var signal: Int32? {
        let number = heard.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    /// The exit code of a program that a signal has ended, as shells say it.
    static func status(of signal: Int32) -> Int32 { 128 + signal }

    /// Begins to listen. Call it once.
    ///
    /// - Parameter cancel: called at the first signal, on a thread of its own.
    static func trap(_ cancel: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        // Without descriptors there is no command either; the signals keep their usual meaning.
        guard pipe(&ends) == 0 else { return }
        let readEnd = ends[0]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        writeEnd = ends[1]
        for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) { install(number) }
        // A thread: the cooperative pool may be what is stuck.
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(readEnd, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                if heard.compareExchange(expected: 0, desired: Int32(byte), ordering: .acquiringAndReleasing).exchanged {
                    cancel()
                } else {
                    _exit(status(of: Int32(byte)))
                }
            }
        }
    }

    /// Nothing but what a handler may do: one write. Programs that this one starts have the signal's usual meaning.
    private static func install(_ number: Int32) {
        var action = sigaction()
        let handler: @convention(c) (Int32) -> Void = { number in
            let before = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(Interruption.writeEnd, &byte, 1)
            errno = before
        }
        #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = handler
        #else
        action.__sigaction_handler.sa_handler = handler
        #endif
        action.sa_flags = Int32(SA_RESTART)
        sigemptyset(&action.sa_mask)
        sigaction(number, &action, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var current = sigaction()
        guard sigaction(number, nil, &current) == 0 else { return false }
        #if canImport(Darwin)
        let handler = current.__sigaction_u.__sa_handler
        #else
        let handler = current.__sigaction_handler.sa_handler
        #endif
        // SIG_IGN is the address 1, which no function has.
        return unsafeBitCast(handler, to: Int.self) == 1
    }
}
