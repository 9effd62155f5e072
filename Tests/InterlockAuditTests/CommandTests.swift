import Foundation
import Testing

@Suite("interlock audit")
struct CommandTests {
    /// The executable beside the tests; `nil`, with a notice, where it was not built.
    private static func executable(_ name: String) -> URL? {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<5 {
            let candidate = folder.appendingPathComponent(name)
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isFolder), !isFolder.boolValue { return candidate }
            folder.deleteLastPathComponent()
        }
        print("notice: \(name) was not built beside the tests; its test is skipped")
        return nil
    }

    @Test("names the line of a race and exits with 2; a file without one exits with 0, one that is not there with 1")
    func exitCodes() throws {
        guard let executable = Self.executable("interlock-audit") else { return }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let racy = folder.appendingPathComponent("Racy.swift")
        try "actor Counter {\n    var count = 0\n    func add() async {\n        let now = count\n        await Task.yield()\n        count = now + 1\n    }\n}\n"
            .write(to: racy, atomically: true, encoding: .utf8)
        let clean = folder.appendingPathComponent("Clean.swift")
        try "actor Counter {\n    var count = 0\n    func add() { count += 1 }\n}\n".write(to: clean, atomically: true, encoding: .utf8)
        for (path, status) in [(racy.path, Int32(2)), (clean.path, 0), (folder.path + "/absent", 1)] {
            let process = Process()
            process.executableURL = executable
            process.arguments = [path]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == status)
            if status == 2 { #expect(text.contains("Racy.swift:6")) }
        }
    }
}
