import Foundation
import Synchronization

/// One line on standard error that says what is being done, only where that is a terminal.
final class ProgressLine: Sendable {
    private let isTerminal = isatty(2) == 1
    private let width = Mutex(0)

    /// Shows `text` in place of what was there.
    func show(_ text: String) {
        guard isTerminal else { return }
        let text = String(text.prefix(100))
        let padding = width.withLock { width in
            defer { width = text.count }
            return max(0, width - text.count)
        }
        FileHandle.standardError.write(Data(("\r" + text + String(repeating: " ", count: padding)).utf8))
    }

    /// Takes the line away.
    func clear() {
        show("")
        if isTerminal { FileHandle.standardError.write(Data("\r".utf8)) }
    }
}
