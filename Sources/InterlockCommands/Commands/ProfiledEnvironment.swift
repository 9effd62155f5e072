#if os(Linux)
import Foundation
import Glibc
import InterlockDiagnostics
import InterlockStdio

/// What a server finds in its environment so that its interpreter tells perf the names of functions; others pass over it.
///
/// With names for perf, V8 begins a log in the folder it was started in, which says nothing that is wanted here, and where it goes cannot be set from
/// outside. A module that Node loads first removes it again; it lies in a folder of its own until ``end()``.
struct ProfiledEnvironment: Sendable {
    /// Node loads it in each process and each worker of it, before the server's own code. What is open stays open without its name.
    private static let module = """
        const { readdirSync, unlinkSync } = require("node:fs");
        for (const name of readdirSync(".")) {
          if (!new RegExp(`^isolate-0x[0-9a-f]+-${process.pid}-.*v8\\\\.log$`).test(name)) continue;
          try { unlinkSync(name); } catch { /* a worker of the same process was first */ }
        }

        """

    private let folder: TemporaryFolder
    /// V8 writes its log to standard output where it cannot write it into the folder, in the middle of the server's answers.
    private let namesNode: Bool

    /// - Parameter current: the folder that the server is started in.
    init(startedIn current: String = ".") throws(UsageError) {
        do { folder = try TemporaryFolder("node") } catch { throw UsageError("\(error).") }
        namesNode = access(current, W_OK) == 0
        do { try TextFile.write(Self.module, to: file) } catch {
            end()
            throw error
        }
    }

    private var file: String { "\(folder.path)/names.cjs" }

    /// Removes what it needed; servers that read it have ended.
    func end() {
        folder.remove()
    }

    /// - Parameter current: the environment the server inherits.
    func additions(to current: [String: String] = ProcessInfo.processInfo.environment) -> [String: String] {
        var additions = ["PYTHONPERFSUPPORT": "1"]
        if namesNode {
            let options = [current["NODE_OPTIONS"], "--perf-basic-prof", "--interpreted-frames-native-stack", "--require=\(file)"]
            additions["NODE_OPTIONS"] = options.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
        }
        return additions
    }
}

extension ServerTarget {
    /// Runs `body` with a command whose interpreter writes the names of its functions where perf finds them; as it is where it is a URL, or samples itself.
    func namingFunctions<Result>(isSampledFromOutside: Bool, _ body: (ServerTarget) async throws -> Result) async throws -> Result {
        guard isSampledFromOutside, case .command(var command) = self else { return try await body(self) }
        let environment = try ProfiledEnvironment()
        defer { environment.end() }
        command.environment = .inherited(adding: environment.additions())
        return try await body(.command(command))
    }
}
#else
extension ServerTarget {
    /// Only Linux has perf.
    func namingFunctions<Result>(isSampledFromOutside: Bool, _ body: (ServerTarget) async throws -> Result) async throws -> Result { try await body(self) }
}
#endif
