import ArgumentParser
import Foundation
import Logging

/// Reads the command line, runs one command, and ends with its exit code.
package enum CommandLineEntry {
    package static func main() async {
        do {
            var command = try InterlockCommand.parseAsRoot()
            if !(command is Serve) { LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() } }
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        // A command that has said everything names its exit code itself.
        if let code = error as? ExitCode { exit(code.rawValue) }
        // Requests for help and for the version come as errors whose code is 0; mistakes in the command line as its own kind.
        let code = InterlockCommand.exitCode(for: error)
        if code == .success {
            print(InterlockCommand.fullMessage(for: error))
            exit(CommandStatus.ok.rawValue)
        }
        if code == .validationFailure {
            FileHandle.standardError.write(Data((InterlockCommand.fullMessage(for: error) + "\n").utf8))
            exit(CommandStatus.usage.rawValue)
        }
        let failure = Failure(error)
        FileHandle.standardError.write(Data((failure.line + "\n").utf8))
        exit(failure.status.rawValue)
    }
}
