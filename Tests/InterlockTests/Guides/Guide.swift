import Foundation

/// A page for users, whose Swift must be compiled somewhere.
struct Guide {
    let text: String

    /// Reads a page by its path from the project's folder.
    init(_ path: String) throws {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The blocks of one language.
    func blocks(_ language: String) -> [String] {
        text.components(separatedBy: "```\(language)\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    }

    /// The lines of Swift on the page that do not occur in a source file. There, a test may be a plain function, and what is declared private.
    func swift(missingIn file: String = #filePath) throws -> [String] {
        func lines(_ text: String) -> [String] {
            text.split(separator: "\n").map { line in
                ["@Test ", "private "].reduce(line.trimmingCharacters(in: .whitespaces)) { $0.hasPrefix($1) ? String($0.dropFirst($1.count)) : $0 }
            }
        }
        let compiled = Set(lines(try String(contentsOfFile: file, encoding: .utf8)))
        return lines(blocks("swift").joined(separator: "\n")).filter { !compiled.contains($0) }
    }
}
