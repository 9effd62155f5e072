import Foundation

/// Words for people, on standard error.
enum StandardError {
    /// Writes a text as it is. What cannot be written is dropped: the terminal may have been closed, or the disk may be full, and what a command does goes on.
    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
