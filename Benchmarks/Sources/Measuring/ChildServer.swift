import CLinux
import Glibc

/// A server started as a child, with pipes to its standard streams.
public struct ChildServer: ~Copyable {
    public let process: Int32
    private let input: Int32
    private let output: Int32

    /// Starts a command; its standard error stays ours.
    public init(_ command: [String]) throws(MeasuringError) {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe2(&toChild, O_CLOEXEC) == 0, pipe2(&fromChild, O_CLOEXEC) == 0 else { throw .system("pipe2") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var process: Int32 = 0
        let result = posix_spawnp(&process, command[0], &actions, nil, &arguments, environ)
        for argument in arguments { free(argument) }
        posix_spawn_file_actions_destroy(&actions)
        Glibc.close(toChild[0])
        Glibc.close(fromChild[1])
        guard result == 0 else { throw MeasuringError("\(command[0]) cannot be started: \(String(cString: strerror(result)))") }
        self.process = process
        self.input = toChild[1]
        self.output = fromChild[0]
    }

    public func send(_ line: [UInt8]) throws(MeasuringError) {
        guard write(input, line, line.count) == line.count else { throw .system("write to the server") }
    }

    /// Reads until a line has ended; more than one line is never outstanding. Returns it with its end.
    public func receive(into buffer: inout [UInt8]) throws(MeasuringError) -> Int {
        var length = 0
        while length == 0 || buffer[length - 1] != 0x0A {
            let count = buffer.withUnsafeMutableBytes { read(output, $0.baseAddress! + length, $0.count - length) }
            guard count > 0 else { throw MeasuringError("the server ended instead of answering") }
            length += count
        }
        return length
    }

    deinit {
        Glibc.close(input)
        Glibc.close(output)
        kill(process, SIGTERM)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}
