import Foundation
import Testing

@Suite("docs/architecture.md")
struct ArchitectureTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("every link of the documentation leads somewhere", arguments: [
        "docs/architecture.md", "README.md", "docs/threat-model.md", "docs/troubleshooting.md", "docs/hazards.md", "docs/performance.md", "docs/proofs.md", "docs/authorization.md", "docs/tenants.md", "docs/stores.md", "docs/scale-out.md", "docs/observability.md", "docs/bench.md", "docs/alerts.md", "CONTRIBUTING.md",
    ])
    func links(page: String) throws {
        let file = Self.root.appending(path: page)
        let text = try String(contentsOf: file, encoding: .utf8)
        for match in text.matches(of: /\]\(([^)#]+)\)/) {
            let target = String(match.1)
            if target.hasPrefix("http") { continue }
            let path = file.deletingLastPathComponent().appending(path: target).standardizedFileURL.path
            #expect(FileManager.default.fileExists(atPath: path), "\(page) links to \(target), which is not there")
        }
    }

    @Test("every target of the manifest is on the page, and every folder of Sources is a target")
    func targets() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/architecture.md"), encoding: .utf8)
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        for folder in try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path) {
            #expect(manifest.contains("name: \"\(folder)\""), "Sources/\(folder) is no target")
            if folder.hasPrefix("Interlock") { #expect(page.contains("`\(folder)`"), "docs/architecture.md does not name \(folder)") }
        }
    }
}
