import Foundation
import InterlockDiagnostics

/// Files that `bench` and `probe` read and write; each failure says which.
enum BenchFile {
    static func read(_ path: String) throws(UsageError) -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch { throw UsageError("\(path): there is no such file, or it is no text.") }
    }

    static func write(_ text: String, to path: String) throws(UsageError) {
        do {
            // Whole or not at all; what is no file, such as /dev/stdout, cannot be put in its place.
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: OutputFiles.isPlain(path) ? .atomic : [])
        } catch {
            throw UsageError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    static func record(_ path: String) throws(UsageError) -> BenchRecord {
        let text = try read(path)
        do { return try BenchRecord(parsing: text) } catch { throw UsageError("\(path) \(error)") }
    }
}
