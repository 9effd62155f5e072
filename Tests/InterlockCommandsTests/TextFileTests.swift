import Foundation
import InterlockDiagnostics
import Testing

@testable import InterlockCommands

@Suite("Text in files")
struct TextFileTests {
    private let folder = NSTemporaryDirectory() + "interlock-text-\(UUID().uuidString)"

    @Test("what is written is read; a folder, a file that is not there and what is no text are told apart")
    func text() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/a"
        try TextFile.write("ä\n", to: file)
        #expect(try TextFile.read(file) == "ä\n")
        try Data([0x61, 0xFF]).write(to: URL(fileURLWithPath: file))
        for (path, words) in [(file, "no text in UTF-8"), (folder, "that is a folder"), (folder + "/b", "no such file"), ("", "'': there is no such file")] {
            let error = #expect(throws: UsageError.self) { try TextFile.read(path, source: "--option") }
            #expect(error?.message.hasPrefix("--option \(path)") == true || path.isEmpty)
            #expect(error?.message.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
        }
        try TextFile.write("{}", to: file)
        let error = #expect(throws: UsageError.self) { try BenchRecord(saved: file) }
        #expect(error?.message.hasPrefix(file) == true)
    }
}
