import Foundation
import InterlockAudit
import Testing

@Suite("This project's own sources and examples")
struct OwnSourcesTests {
    private var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    @Test("have no hazard that is not explained in place")
    func clear() throws {
        let report = try SourceAudit().audit(path: root.appendingPathComponent("Sources").path)
        #expect(report.fileCount > 100)
        #expect(report.findings.isEmpty, "\(report)")
        #expect(report.allowed.allSatisfy { $0.reason.count > 10 })
    }

    @Test("the wrong version of each race is found, and nothing else in any file of the examples")
    func races() throws {
        let folder = root.appendingPathComponent("Examples/races").path
        let report = try SourceAudit().audit(path: folder)
        let expected: [String: AuditRule] = [
            "RacyBookingDesk": .staleState, "RacyVisitCounter": .staleState, "RacyBank": .staleState,
            "RacyDocumentRegistry": .checkThenCreate, "RacyTurnstile": .lostPermit, "RacyReportService": .sharedTeardown,
        ]
        let sources = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }
        #expect(report.fileCount == sources.count && sources.count > 18)
        for file in sources {
            let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            let rules = Set(report.findings.filter { $0.file.hasSuffix("/\(name).swift") }.map(\.rule))
            #expect(expected[name].map { rules.contains($0) } ?? rules.isEmpty, "\(file): \(rules) in \(report)")
        }
        #expect(report.allowed.allSatisfy { $0.reason.count > 10 })
    }

    @Test("declare every API that a remedy names")
    func remedies() throws {
        let declarations = try ["InterlockConcurrency", "InterlockServer"].flatMap { module in
            let folder = root.appendingPathComponent("Sources/\(module)")
            return try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
                .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }
        }.joined(separator: "\n")
        var named = 0
        for rule in AuditRule.allCases {
            // What stands between backticks is code: every second piece.
            for code in rule.remedy.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter({ $0.offset % 2 == 1 }).map(\.element) {
                guard !Self.swift.contains(String(code)), !code.hasPrefix("//") else { continue }
                named += 1
                #expect(Self.isDeclared(code, in: declarations), "\(rule.rawValue) names `\(code)`, which nothing declares")
            }
        }
        #expect(named > 8)
        // The test itself notices what does not exist.
        for code in ["FileLock.createIfAbsent", ".coalesce(by:)", ".cache(ttl:entries:)", "Turnstile"] {
            #expect(!Self.isDeclared(code[...], in: declarations), "\(code)")
        }
    }

    /// Words of the language and of its library.
    private static let swift: Set<String> = ["await", "defer", "Mutex"]

    /// `Type`, `Type.method` or `.method(label:label:)`; of a method's labels those that are named have to stand in that order among its own.
    private static func isDeclared(_ code: Substring, in declarations: String) -> Bool {
        if code.first == "." {
            let parts = code.dropFirst().split(separator: "(", maxSplits: 1)
            guard let name = parts.first, parts.count == 2 else { return false }
            let labels = parts[1].dropLast().split(separator: ":")
            let parameters = labels.map { $0 == "_" ? #"_ \w+:"# : #"\b\#($0)(?: \w+)?:"# }.joined(separator: "[^{]*?")
            return declarations.contains(pattern: #"public func \#(name)\([^{]*?\#(parameters)"#)
        }
        let parts = code.split(separator: ".")
        let type = #"public (?:final )?(?:class|struct|enum|actor) \#(parts[0])\b"#
        guard parts.count == 2 else { return declarations.contains(pattern: type) }
        // From the type to its method, without another type of the module between the two.
        return declarations.contains(pattern: type + #"(?:(?!\npublic )[\s\S])*?public (?:nonisolated\(nonsending\) )?func \#(parts[1])\b"#)
    }
}

extension String {
    fileprivate func contains(pattern: String) -> Bool { range(of: pattern, options: .regularExpression) != nil }
}
