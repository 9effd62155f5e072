internal import InterlockTransport
internal import Subprocess

#if canImport(System)
internal import System
#else
internal import SystemPackage
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension ServerCommand {
    /// The command as the subprocess library takes it: in a process group of its own and, where possible, bound to this
    /// process's life. The executable is looked up here, so that a missing one is named.
    func invocation(diesWithParent: Bool) async throws(TransportError) -> Subprocess.Configuration {
        let environment: Subprocess.Environment = switch self.environment {
        case .inherited(let added): .inherit.updating(Dictionary(uniqueKeysWithValues: added.map { (.init(stringLiteral: $0.key), $0.value) }))
        case .only(let values): .custom(Dictionary(uniqueKeysWithValues: values.map { (.init(stringLiteral: $0.key), $0.value) }))
        }
        let named: Subprocess.Executable = executable.contains("/") ? .path(FilePath(executable)) : .name(executable)
        let path: FilePath
        do {
            path = try await named.resolveExecutablePath(in: environment)
        } catch {
            throw TransportError(.unreachable, "cannot start '\(executable)': no such executable; give a path or check PATH", cause: error)
        }
        if path.isAbsolute, access(path.string, X_OK) != 0 {
            throw TransportError(.unreachable, "cannot start '\(executable)': \(String(cString: strerror(errno)))")
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        let words = (diesWithParent ? ParentDeath.words(signal: "KILL") : []) + [path.string]
        return Subprocess.Configuration(
            executable: .path(FilePath(words[0])),
            arguments: Arguments(words.dropFirst() + arguments),
            environment: environment,
            workingDirectory: workingDirectory.map { FilePath($0) },
            platformOptions: options
        )
    }
}
