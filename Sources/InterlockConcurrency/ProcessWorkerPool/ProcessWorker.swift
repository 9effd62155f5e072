/// The other side of a ``ProcessWorkerPool``: what the worker program calls.
///
/// ```swift
/// @main struct Matcher {
///     static func main() { ProcessWorker.serve { input in try match(input) } }
/// }
/// ```
///
/// In another language: for each line of standard input, which is a number, read so many bytes from the start of
/// descriptor 3, write the result to the start of descriptor 4, and answer on standard output with a line of `ok` or
/// `failed` and the number of bytes written. End at the end of standard input.
public enum ProcessWorker {
    /// Does work until the pool lets go of this process, and ends it when the parent has ended, also in the middle of a call.
    ///
    /// Standard output belongs to the protocol: `body` must not print.
    ///
    /// - Parameter body: Is given the input, in memory shared with the parent and valid during the call only. What it throws
    ///   becomes the message of a ``WorkerProcessError`` there.
    public static func serve(_ body: (UnsafeRawBufferPointer) throws -> [UInt8]) {
        OperatingSystem.endWithPeer(of: 0, status: 1)
        while let line = OperatingSystem.receiveLine(from: 0), let count = Int(line) {
            var status = "ok"
            var output: [UInt8]
            do {
                guard let result = try OperatingSystem.withMemory(count, of: 3, body) else { return }
                output = result
            } catch {
                status = "failed"
                output = Array(String(describing: error).utf8)
            }
            guard OperatingSystem.store(output, in: 4), OperatingSystem.sendLine("\(status) \(output.count)", to: 1) else { return }
        }
    }
}
