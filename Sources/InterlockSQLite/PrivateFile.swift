#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file nobody but its owner may read. SQLite gives its side files the mode of the main one.
enum PrivateFile {
    /// Makes an empty file of mode 0600 if there is none; leaves one that exists as it is.
    static func make(at path: String) throws(SQLiteStoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw SQLiteStoreError(.cannotOpen, path: path, "\(reason); name a file in a folder this user may write to")
        }
        close(descriptor)
    }
}
