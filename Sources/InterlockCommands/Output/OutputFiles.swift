import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The files that a command is to write: looked at before minutes go into what they shall hold, and written after it has been printed.
enum OutputFiles {
    /// The option that names a file, and the file where it was given.
    typealias Named = (option: String, path: String?)

    /// Refuses what cannot be written, before anything else is done.
    ///
    /// - Throws: `UsageError` for a folder in place of a file, a file that may not be written, and a folder that is not there or may not be written.
    static func check(_ files: [Named]) throws(UsageError) {
        for (option, path) in files {
            guard let path else { continue }
            var isFolder: ObjCBool = false
            let url = URL(fileURLWithPath: path)
            if path.isEmpty { throw UsageError("\(option): the name of the file is empty.") }
            if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) {
                if isFolder.boolValue { throw UsageError("\(option) \(path): that is a folder.") }
                if access(url.path, W_OK) != 0 { throw UsageError("\(option) \(path): the file cannot be written.") }
            }
            let folder = url.deletingLastPathComponent().path
            if isPlain(url.path), access(folder, W_OK | X_OK) != 0 { throw UsageError("\(option) \(path): the folder cannot be written.") }
        }
        let named = files.compactMap { file in file.path.map { (file.option, URL(fileURLWithPath: $0).standardizedFileURL.path) } }
        for (index, file) in named.enumerated() {
            if let same = named.prefix(index).first(where: { $0.1 == file.1 && isPlain(file.1) }) {
                throw UsageError("\(file.0) and \(same.0) name the same file, \(file.1).")
            }
        }
    }

    /// Whether there is a file to take the place of, or nothing yet; a terminal or a pipe has to be written into.
    static func isPlain(_ path: String) -> Bool {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        if target.hasPrefix("/dev/") || target.hasPrefix("/proc/") { return false }
        guard let type = try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType else { return true }
        return type == .typeRegular
    }
}
