import Foundation
import InterlockJSON

/// The published schemas and sample payloads, kept beside the package in `../shared/mcp-schema`.
enum ReferenceData {
    static let root: URL = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/mcp-schema")

    /// Whether the data is there; says so once if it is not.
    static let isAvailable: Bool = {
        let isThere = FileManager.default.fileExists(atPath: root.path)
        if !isThere { print("notice: skipped, no reference data at \(root.path)") }
        return isThere
    }()

    static func json(_ path: String) throws -> RawJSON {
        try RawJSON([UInt8](Data(contentsOf: root.appending(path: path))))
    }

    /// The sample files of the newest revision as `Type/name.json`, in a fixed order.
    static let samples: [String] = {
        guard isAvailable else { return [] }
        let examples = root.appending(path: "2026-07-28/examples")
        guard let walker = FileManager.default.enumerator(atPath: examples.path) else { return [] }
        return walker.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }.sorted()
    }()
}

extension RawJSON {
    /// JSON in a test's source.
    init(text: StaticString) {
        do {
            try self.init(parsing: "\(text)")
        } catch {
            fatalError("the test's JSON is not JSON: \(error)")
        }
    }
}
