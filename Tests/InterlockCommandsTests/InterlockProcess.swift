import Foundation
import Synchronization
import Testing

/// The `interlock` that was built beside these tests, run as a process of its own.
struct InterlockProcess {
    /// How a process ended.
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The executable, next to the test bundle; `nil` (with a notice) where it was not built.
    static let path: String? = {
        let arguments = CommandLine.arguments[0]
        var folder = URL(fileURLWithPath: arguments).deletingLastPathComponent()
        for _ in 0..<5 {
            let candidate = folder.appendingPathComponent("interlock").path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue { return candidate }
            folder.deleteLastPathComponent()
        }
        print("notice: tests of the interlock executable are skipped, it was not built beside \(arguments)")
        return nil
    }()

    /// One at a time: two launches at once disturb each other in Foundation on Linux.
    private static let launching = Mutex(())

    let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private let input = Pipe()

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: try #require(Self.path))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = input
        try Self.launch(process)
    }

    /// Starts a process when no other one is being started.
    static func launch(_ process: Process) throws { try launching.withLock { _ in try process.run() } }

    /// Runs to the end; for what ends by itself.
    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
        try InterlockProcess(arguments, environment: environment).finish()
    }

    /// Closes its input, waits for its end, and returns what it has written since.
    func finish() throws -> Outcome {
        try input.fileHandleForWriting.close()
        let output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: output, errors: errors)
    }

    /// Reads the log up to the line that has `member`, and returns that line.
    func logLine(containing member: String) throws -> String {
        var text = ""
        while true {
            let data = errors.fileHandleForReading.availableData
            if data.isEmpty { throw Unfinished(log: text) }
            text += String(decoding: data, as: UTF8.self)
            for line in text.split(separator: "\n") where line.contains(member) && line.hasSuffix("}") { return String(line) }
        }
    }

    struct Unfinished: Error {
        var log: String
    }
}
