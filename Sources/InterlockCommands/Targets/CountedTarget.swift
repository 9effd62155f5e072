import Foundation
import InterlockDiagnostics
import InterlockStdio

/// A server whose live objects are counted: the command with the library preloaded, or a URL whose process has it already.
struct CountedTarget {
    /// How the server is reached now.
    let target: ServerTarget
    #if os(Linux)
    /// The folder of the sockets, which this one made; `nil` for a URL.
    private let folder: TemporaryFolder?
    #endif
    private let advice: String

    /// - Parameter library: the path that the command line gives, if any.
    init(_ target: ServerTarget, library: String?) throws(UsageError) {
        #if os(Linux)
        switch target {
        case .command(var command):
            let path = try ObjectLibrary.path(given: library)
            let folder: TemporaryFolder
            do { folder = try TemporaryFolder("census") } catch { throw UsageError("--objects: \(error).") }
            command.environment = Self.counted(command.environment, library: path, folder: folder.path)
            self.target = .command(command)
            self.folder = folder
            advice = ""
        case .url:
            self.target = target
            folder = nil
            let path = (try? ObjectLibrary.path(given: library)) ?? "/path/to/\(ObjectLibrary.name)" // only to say how: where it is not found, so
            advice = "Give the server's command after -- instead of its URL, or start it by hand: "
                + "mkdir -m 700 /tmp/census; LD_PRELOAD=\(path) \(PreloadedCensus.variable)=/tmp/census COMMAND"
        }
        #else
        throw UsageError("--objects: live objects can be counted on Linux only.")
        #endif
    }

    /// Counts the objects of a process that was reached so.
    var census: @Sendable (Int32) throws -> any ObjectCensus {
        #if os(Linux)
        let (folder, advice) = (folder?.path, advice)
        return { process in
            guard let folder = folder ?? PreloadedCensus.folder(of: process) else {
                throw ObjectCensusError(.notPreloaded, "--objects: process \(process) was not started with the library that counts its objects. \(advice)")
            }
            return PreloadedCensus(folder: folder, process: process)
        }
        #else
        return { _ in throw ObjectCensusError(.notPreloaded, "live objects can be counted on Linux only") }
        #endif
    }

    /// Removes what was made for it; the server has ended then.
    func end() {
        #if os(Linux)
        folder?.remove()
        #endif
    }

    #if os(Linux)
    /// What was to be preloaded already stays so, behind the library.
    static func counted(
        _ environment: ServerCommand.Environment, library: String, folder: String, inherited: [String: String] = ProcessInfo.processInfo.environment
    ) -> ServerCommand.Environment {
        func with(_ values: [String: String], _ preloaded: String?) -> [String: String] {
            let libraries = [library] + [preloaded].compactMap(\.self).filter { !$0.isEmpty }
            return values.merging(["LD_PRELOAD": libraries.joined(separator: ":"), PreloadedCensus.variable: folder]) { $1 }
        }
        return switch environment {
        case .inherited(let added): .inherited(adding: with(added, added["LD_PRELOAD"] ?? inherited["LD_PRELOAD"]))
        case .only(let values): .only(with(values, values["LD_PRELOAD"]))
        }
    }
    #endif
}
