/// A file that is there with all its contents or not at all, also after a crash.
///
/// Contents are written to a file beside it, brought to the disk, and then given the name in one step of the file system;
/// so readers never see half of them. A crash may leave the draft behind, a file whose name begins with this one's and
/// `.draft-`. The calls block: from asynchronous code, run them on a ``WorkerPool``.
public struct AtomicFile: Sendable, Hashable {
    /// The file.
    public let path: String

    /// Names a file; touches nothing yet.
    public init(path: String) {
        self.path = path
    }

    /// Creates the file with these contents, unless there is one: of several who try, one succeeds.
    ///
    /// - Parameter permissions: Of the new file, before the process's mask.
    /// - Returns: whether this call created it; `false` leaves what is there as it is.
    /// - Throws: ``FileError`` when it could not be written. Nothing is left behind then.
    public func createIfAbsent(_ contents: some Collection<UInt8>, permissions: UInt32 = 0o644) throws(FileError) -> Bool {
        let draft = draftPath
        defer { OperatingSystem.removeFile(draft) }
        try OperatingSystem.writeNewFile(at: draft, contents, permissions: permissions)
        guard try OperatingSystem.linkFile(draft, to: path) else { return false }
        try OperatingSystem.syncFolder(folder)
        return true
    }

    /// Puts these contents in the place of whatever is there; the last of several who do so stays.
    ///
    /// - Parameter permissions: Of the new file, before the process's mask; those of the old one are not kept.
    /// - Throws: ``FileError`` when it could not be written. What was there stays then.
    public func replace(with contents: some Collection<UInt8>, permissions: UInt32 = 0o644) throws(FileError) {
        let draft = draftPath
        // Gone by its new name when all went well.
        defer { OperatingSystem.removeFile(draft) }
        try OperatingSystem.writeNewFile(at: draft, contents, permissions: permissions)
        try OperatingSystem.renameFile(draft, to: path)
        try OperatingSystem.syncFolder(folder)
    }

    /// A name in the same folder that no other draft has, also none that a crash left behind: renaming and linking work
    /// within a file system only.
    private var draftPath: String {
        "\(path).draft-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
