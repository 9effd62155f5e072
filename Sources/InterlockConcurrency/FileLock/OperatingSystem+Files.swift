#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The calls to the file system that locks and atomic files are made of. All of them may block.
extension OperatingSystem {
    static func message(of number: Int32) -> String {
        String(cString: strerror(number))
    }

    /// Locks a whole file, which is created if need be, and returns its descriptor.
    ///
    /// Checks afterwards that the path still leads to the file that was locked: whoever held it may have removed or
    /// replaced it, and a lock on a file that no one else can find excludes no one.
    ///
    /// - Returns: `nil` when it `mayBlock` not and somebody else has the lock.
    static func lockFile(at path: String, isShared: Bool, mayBlock: Bool) throws(FileError) -> Int32? {
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard file >= 0 else { throw FileError("open", path, errno, advice: "check that its folder exists and may be written") }
            let mode = (isShared ? LOCK_SH : LOCK_EX) | (mayBlock ? 0 : LOCK_NB)
            while flock(file, mode) != 0 {
                let number = errno
                if number == EINTR { continue }
                close(file)
                if number == EWOULDBLOCK { return nil }
                throw FileError("flock", path, number, advice: "check that its file system supports locks")
            }
            if isSameFile(file, path) { return file }
            unlockFile(file)
        }
    }

    /// What the system says of a file whose lock another process has, or another ``FileLock`` of this one.
    static func fileIsLocked(_ path: String) -> FileError {
        FileError("flock", path, EWOULDBLOCK, advice: "another process has locked it; `lslocks` tells which")
    }

    /// Gives up the lock of a file, and closes it. Closing alone would not: a child that is being started has a copy of the descriptor, and with it the lock,
    /// until it runs its program.
    static func unlockFile(_ file: Int32) {
        flock(file, LOCK_UN)
        close(file)
    }

    private static func isSameFile(_ file: Int32, _ path: String) -> Bool {
        var locked = stat()
        var found = stat()
        return fstat(file, &locked) == 0 && stat(path, &found) == 0 && locked.st_dev == found.st_dev && locked.st_ino == found.st_ino
    }

    /// Writes a file that must not exist yet and brings it to the disk.
    static func writeNewFile(at path: String, _ contents: some Collection<UInt8>, permissions: UInt32) throws(FileError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions))
        guard file >= 0 else { throw FileError("create", path, errno, advice: "check that its folder exists and may be written") }
        defer { close(file) }
        let bytes = Array(contents)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + written, bytes.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path, errno, advice: "check that its disk has room")
            }
            written += count
        }
        guard fsync(file) == 0 else { throw FileError("fsync", path, errno, advice: "its disk may be failing") }
    }

    /// Gives a file a second name, unless that is taken; `false` when it is.
    static func linkFile(_ path: String, to name: String) throws(FileError) -> Bool {
        if link(path, name) == 0 { return true }
        if errno == EEXIST { return false }
        throw FileError("link", name, errno, advice: "check that its folder may be written and its file system knows hard links")
    }

    static func renameFile(_ path: String, to name: String) throws(FileError) {
        guard rename(path, name) == 0 else {
            throw FileError("rename", name, errno, advice: "check that it may be replaced, and that it is not a folder")
        }
    }

    /// Removes a file; one that is gone is no failure.
    static func removeFile(_ path: String) {
        unlink(path)
    }

    /// Brings a folder's names to the disk.
    static func syncFolder(_ path: String) throws(FileError) {
        let folder = open(path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw FileError("open", path, errno, advice: "check that it may be read") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw FileError("fsync", path, errno, advice: "its disk may be failing") }
    }
}
