import Foundation
import InterlockJSON

/// Test vectors kept beside the package, in `../shared`; tests that read them do nothing where they are absent.
enum SchemaReferenceData {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../../../shared"
    ).standardizedFileURL

    /// The JSON files below a folder, by path relative to it, sorted; empty, with a printed notice, where the folder is absent.
    static func files(_ folder: String) -> [String] {
        let base = root.appendingPathComponent(folder)
        guard let paths = FileManager.default.enumerator(atPath: base.path)?.allObjects as? [String], !paths.isEmpty else {
            print("notice: skipped, because there is no ../shared/\(folder) beside the package")
            return []
        }
        return paths.filter { $0.hasSuffix(".json") }.sorted()
    }

    static func read(_ folder: String, _ file: String) throws -> JSONValue {
        let data = try Data(contentsOf: root.appendingPathComponent(folder).appendingPathComponent(file))
        return try JSONValue(parsing: [UInt8](data), limits: JSONLimits(maximumBytes: 32 << 20))
    }
}
