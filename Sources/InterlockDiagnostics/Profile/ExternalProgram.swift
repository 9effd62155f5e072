#if os(Linux)
    import Glibc
    import InterlockStdio
    import Subprocess

    #if canImport(System)
        import System
    #else
        import SystemPackage
    #endif

    /// A program of the system that a profile needs: found in `PATH`, run with its output read as it comes, ended when its caller is, and when this process is.
    struct ExternalProgram: Sendable {
        /// A run that was begun.
        struct Running: Sendable {
            let processIdentifier: Int32

            /// Whether the program is at its end, whoever has learnt of it.
            var hasEnded: Bool {
                guard let status = ProcFileSystem.text("/proc/\(processIdentifier)/stat") else { return true }
                // The name stands in parentheses and may hold some itself.
                return status.split(separator: ")").last?.drop { $0 == " " }.first == "Z"
            }
        }

        /// How a run ended.
        struct Ending: Sendable {
            var isSuccess: Bool
            /// The end of what it wrote to its standard error.
            var errors: String
        }

        let path: String

        /// Looks a name up in `PATH`; `nil` when there is no such program, or it may not be run.
        init?(_ name: String) {
            let folders: String = if let value = getenv("PATH") { String(cString: value) } else { "/usr/local/bin:/usr/bin:/bin" }
            let path = folders.split(separator: ":").map { folder -> String in "\(folder)/\(name)" }.first { access($0, X_OK) == 0 }
            guard let path else { return nil }
            self.path = path
        }

        /// Runs it while `body` runs, then interrupts it and waits for its end.
        ///
        /// - Throws: what `body` throws; a program that cannot be started is an ending without success.
        func run<Result: Sendable>(_ arguments: [String], during body: @Sendable (Running) async throws -> Result) async throws
            -> (result: Result?, ending: Ending)
        {
            do {
                let ended = try await Subprocess.run(configuration(arguments), input: .none, output: .discarded, error: .string(limit: 1 << 20)) { execution in
                    do {
                        let result = try await body(Running(processIdentifier: execution.processIdentifier.value))
                        // One that has ended by itself cannot be interrupted, and tells why by its status.
                        try? execution.send(signal: .interrupt, toProcessGroup: true)
                        return Swift.Result<Result, any Error>.success(result)
                    } catch {
                        try? execution.send(signal: .interrupt, toProcessGroup: true)  // as above
                        return .failure(error)
                    }
                }
                let status = ended.terminationStatus
                let errors = ended.standardError
                return (try ended.takeClosureResult().get(), Ending(isSuccess: status.isSuccess || status == .signaled(SIGINT), errors: errors))
            } catch let error as SubprocessError {
                return (nil, Ending(isSuccess: false, errors: "\(error)"))
            }
        }

        /// Runs it to its end and hands on each line of its output, without the line's end.
        func run(_ arguments: [String], onLine: @escaping @Sendable (Substring) -> Void = { _ in }) async throws -> Ending {
            do {
                let ended = try await Subprocess.run(configuration(arguments), input: .none, output: .sequence, error: .string(limit: 1 << 20)) { execution in
                    var rest: [UInt8] = []
                    for try await buffer in execution.standardOutput {
                        buffer.withUnsafeBytes { rest.append(contentsOf: $0) }
                        var start = 0
                        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                            onLine(Substring(decoding: rest[start..<end], as: UTF8.self))
                            start = end + 1
                        }
                        rest.removeFirst(start)
                        // A line that does not end is none of ours.
                        if rest.count > 1 << 20 { rest.removeAll() }
                    }
                    if !rest.isEmpty { onLine(Substring(decoding: rest, as: UTF8.self)) }
                }
                return Ending(isSuccess: ended.terminationStatus.isSuccess, errors: ended.standardError)
            } catch let error as SubprocessError {
                return Ending(isSuccess: false, errors: "\(error)")
            }
        }

        /// Gives it `input` and reads all it answers, up to 64 MiB; `nil` when it fails.
        func answer(to input: String, _ arguments: [String]) async -> String? {
            do {
                let ended = try await Subprocess.run(configuration(arguments), input: .string(input), output: .string(limit: 64 << 20), error: .discarded)
                return ended.terminationStatus.isSuccess ? ended.standardOutput : nil
            } catch {
                return nil  // the caller goes on without, and says so in the report
            }
        }

        /// In a process group of its own, so that an interrupt at the terminal reaches it through this process only.
        private func configuration(_ arguments: [String]) -> Subprocess.Configuration {
            var options = PlatformOptions()
            options.processGroupID = 0
            options.teardownSequence = [.send(signal: .interrupt, allowedDurationToNextStep: .seconds(2))]
            // A signal that perf and py-spy end their own children at.
            let words = ParentDeath.words(signal: "TERM") + [path]
            return Subprocess.Configuration(
                executable: .path(FilePath(words[0])), arguments: Arguments(words.dropFirst() + arguments), environment: .inherit.updating(["LC_ALL": "C"]),
                platformOptions: options)
        }
    }
#endif
