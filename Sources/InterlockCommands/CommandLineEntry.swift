import ArgumentParser
import Foundation
import Logging

/// Reads the command line, runs one command, and ends with its exit code.
package enum CommandLineEntry {
    package static func main() async {
        do {
            var command = try InterlockCommand.parseAsRoot()
            if !(command is Serve) { LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() } }
            if let serving = command as? Serve {
                // It drains by itself at a signal.
                try await serving.run()
            } else if command is any AsyncParsableCommand {
                try await runInterruptibly()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
        // What a command prints after a signal is what there was until then.
        if let signal = Interruption.signal { exit(Interruption.status(of: signal)) }
    }

    /// Runs the command in a task of its own, which the first signal cancels.
    private static func runInterruptibly() async throws {
        let work = Task {
            // Parsed once more, because a command belongs to the task that it runs in.
            guard var command = try InterlockCommand.parseAsRoot() as? any AsyncParsableCommand else { return }
            try await command.run()
        }
        Interruption.trap { work.cancel() }
        try await work.value
    }

    private static func end(with error: any Error) -> Never {
        let signal = Interruption.signal
        // A command that has said everything names its exit code itself.
        if let code = error as? ExitCode { exit(signal.map(Interruption.status) ?? code.rawValue) }
        if let signal {
            // A file that could not be written, or a word that was wrong, is no work of the signal's.
            let line = error is UsageError ? Failure(error).line : Failure.interrupted(by: signal)
            StandardError.write(line + "\n")
            exit(Interruption.status(of: signal))
        }
        // Requests for help and for the version come as errors whose code is 0; mistakes in the command line as its own kind.
        let code = InterlockCommand.exitCode(for: error)
        if code == .success {
            print(InterlockCommand.fullMessage(for: error))
            exit(CommandStatus.ok.rawValue)
        }
        if code == .validationFailure {
            StandardError.write(InterlockCommand.fullMessage(for: error) + "\n")
            exit(CommandStatus.usage.rawValue)
        }
        let failure = Failure(error)
        StandardError.write(failure.line + "\n")
        exit(failure.status.rawValue)
    }
}
