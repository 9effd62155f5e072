#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file nobody but its owner may read. SQLite gives its side files the mode of the main one.
enum PrivateFile {
    /// Makes an empty file of mode 0600 if there is none; never opens one that exists.
    ///
    /// Closing any descriptor of a file drops every lock this process has on it, also those of another connection of
    /// SQLite: a second process could then take the write-ahead log of a live database for its own.
    static func make(at path: String) throws(SQLiteStoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { return }
            let reason = String(cString: strerror(errno))
            throw SQLiteStoreError(.cannotOpen, path: path, "\(reason); name a file in a folder this user may write to")
        }
        close(descriptor)
    }
}
