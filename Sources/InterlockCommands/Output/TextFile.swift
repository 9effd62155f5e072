import Foundation
import InterlockDiagnostics

/// Text that commands read from files and write into them; each failure says which file, and why.
enum TextFile {
    /// - Parameter source: the option that names it, where the command has several.
    static func read(_ path: String, source: String? = nil) throws(UsageError) -> String {
        let name = [source, path.isEmpty ? "''" : path].compactMap(\.self).joined(separator: " ")
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw UsageError("\(name): there is no such file.") }
        if isFolder.boolValue { throw UsageError("\(name): that is a folder; name a file in it.") }
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch { throw UsageError("\(name): the file cannot be read: \(error.localizedDescription)") }
        guard let text = String(validating: data, as: UTF8.self) else { throw UsageError("\(name): the file is no text in UTF-8.") }
        return text
    }

    static func write(_ text: String, to path: String) throws(UsageError) {
        do {
            // Whole or not at all; what is no file, such as /dev/stdout, cannot be put in its place.
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: OutputFiles.isPlain(path) ? .atomic : [])
        } catch {
            throw UsageError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}

extension BenchRecord {
    /// Reads a run that `bench --save` wrote.
    init(saved path: String) throws(UsageError) {
        let text = try TextFile.read(path)
        do { self = try BenchRecord(parsing: text) } catch { throw UsageError("\(path) \(error)") }
    }
}
