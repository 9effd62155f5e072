import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One line on standard error that says what is being done, only where that is a terminal.
final class ProgressLine: Sendable {
    private let isTerminal = isatty(2) == 1
    private let width = Mutex(0)

    /// Shows `text` in place of what was there.
    func show(_ text: String) {
        guard isTerminal else { return }
        let text = Self.fitted(text, columns: Self.columns)
        let padding = width.withLock { width in
            defer { width = text.count }
            return max(0, width - text.count)
        }
        StandardError.write("\r" + text + String(repeating: " ", count: padding))
    }

    /// Takes the line away when `body` ends, whichever way that is.
    func during<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        defer { clear() }
        return try await body()
    }

    /// Takes the line away, so that what is printed next begins a line of its own.
    func clear() {
        guard isTerminal, width.withLock({ $0 }) > 0 else { return }
        show("")
        StandardError.write("\r")
    }

    /// As much of a text as goes on one line: a line that is full would go on to the next, from where no carriage return leads back.
    static func fitted(_ text: String, columns: Int) -> String { String(TerminalText.line(text).prefix(max(1, columns - 1))) }

    /// The terminal's width as it is now, or 80.
    private static var columns: Int {
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
