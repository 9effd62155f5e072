#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder of Markdown and text files, as the file system shows it. Its calls block.
struct DocumentFolder: Sendable {
    /// Suffixes of the files that are served.
    static let suffixes = [".md", ".markdown", ".txt", ".text"]

    let path: String
    /// Files that are served; the rest, in the order of their ids, is left out.
    var maximumDocuments = 10_000
    /// The largest file that is served.
    var maximumBytes = 4 << 20
    /// Folders within folders that are looked into.
    var maximumDepth = 16

    init(path: String) {
        self.path = path
    }

    /// All files and their stamps. Hidden files and symbolic links are passed over, so nothing outside the folder is ever seen.
    func list() throws -> FolderListing {
        var listing = FolderListing()
        try list("", depth: 0, into: &listing)
        let excess = listing.stamps.count - maximumDocuments
        if excess > 0 {
            for id in listing.stamps.keys.sorted().suffix(excess) { listing.stamps[id] = nil }
            listing.leftOut += excess
        }
        return listing
    }

    /// The text of a listed file; `nil` if it is gone meanwhile or is no text: not UTF-8, or with a zero byte.
    func text(_ id: String) -> String? {
        let descriptor = open(path + "/" + id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= maximumBytes {
            let size = 64 << 10
            let count = bytes.append(addingCapacity: size) { read(descriptor, $0.baseAddress, size) }
            if count < 0 { return nil }
            if count == 0 { return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self) }
        }
        return nil
    }

    private func list(_ folder: String, depth: Int, into listing: inout FolderListing) throws {
        let full = folder.isEmpty ? path : path + "/" + folder
        guard let directory = opendir(full) else {
            // A folder within that vanished or may not be read is left out; the root is what the caller asked for.
            guard folder.isEmpty else { return }
            throw DocumentError(message: "The documents folder \(path) cannot be read: \(String(cString: strerror(errno))). Name another with --documents.")
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 256) { String(validatingCString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)) }
            }
            guard let name, !name.hasPrefix(".") else { continue }
            let id = folder.isEmpty ? name : folder + "/" + name
            var status = stat()
            guard lstat(path + "/" + id, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR where depth < maximumDepth: try list(id, depth: depth + 1, into: &listing)
            case S_IFREG where Self.suffixes.contains(where: name.lowercased().hasSuffix):
                if Int(status.st_size) > maximumBytes { listing.leftOut += 1 } else { listing.stamps[id] = FileStamp(status) }
            default: continue
            }
        }
    }
}

/// What a folder held at one moment.
struct FolderListing: Sendable, Hashable {
    var stamps: [String: FileStamp] = [:]
    /// Files that are too large or too many.
    var leftOut = 0
}

/// Tells one state of a file from another without reading it.
struct FileStamp: Sendable, Hashable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int

    init(inode: UInt64, size: Int64, seconds: Int, nanoseconds: Int) {
        self.inode = inode
        self.size = size
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    init(_ status: stat) {
        #if canImport(Darwin)
        let modified = status.st_mtimespec
        #else
        let modified = status.st_mtim
        #endif
        self.init(inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: Int(modified.tv_sec), nanoseconds: Int(modified.tv_nsec))
    }
}

extension [UInt8] {
    /// Appends what `body` writes into up to `size` further bytes, and returns its result: the number of bytes, or less than 0.
    fileprivate mutating func append(addingCapacity size: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        var count = 0
        let part = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            count = body(UnsafeMutableRawBufferPointer(buffer))
            initialized = Swift.max(0, count)
        }
        append(contentsOf: part)
        return count
    }
}
