#if os(Linux)
import Glibc
import InterlockConcurrency

/// Asks the library that was preloaded into a server and into what the server has started, each by its Unix socket.
public final class PreloadedCensus: ObjectCensus {
    /// The variable of a process's environment that names the folder of the sockets.
    public static let variable = "INTERLOCK_CENSUS"
    /// The longest answer that is read; the library's bound on types keeps its own below that.
    static let mostBytes = 16 << 20

    private let folder: String
    private let process: Int32
    private let patience: Duration
    private let workers = WorkerPool(threads: 1, queue: .init(depth: 4), name: "object-census")

    /// - Parameters:
    ///   - folder: where the sockets are: what the processes have in ``variable``.
    ///   - process: the server; its descendants count with it, since a command is often a wrapper.
    ///   - patience: how long one process may take to answer.
    public init(folder: String, process: Int32, patience: Duration = .seconds(10)) {
        self.folder = folder
        self.process = process
        self.patience = patience
    }

    /// The folder that a process was started with, if any; nothing else of its environment is looked at.
    public static func folder(of process: Int32) -> String? {
        ProcFileSystem.text("/proc/\(process)/environ").flatMap { ProcText.value(of: variable, inEnvironment: $0) }
    }

    public func snapshot() async throws -> ObjectSnapshot {
        let (folder, process, patience) = (folder, process, patience)
        return try await workers.run {
            var whole: ObjectSnapshot?
            for member in ProcFileSystem.tree(of: process) {
                guard let answer = try Self.ask("\(folder)/\(member).sock", of: member, patience) else { continue }
                let its = try ObjectSnapshot(parsing: answer)
                if whole == nil { whole = its } else { whole?.add(its) }
            }
            guard let whole else {
                throw ObjectCensusError(
                    .notPreloaded,
                    "process \(process) and what it has started count no objects: the library was not loaded into them. That is so for programs that are "
                        + "linked statically as a whole or with another C library, that run in another container, and where the command clears its environment")
            }
            return whole
        }
    }

    /// The whole answer of one process; `nil` where no census listens.
    private static func ask(_ path: String, of process: Int32, _ patience: Duration) throws(ObjectCensusError) -> String? {
        guard let socket = connect(path) else { return nil }
        defer { close(socket) }
        // Seconds and microseconds: a `timeval`, whose members belong to one module in a debug build and to another in a release build.
        var time = (seconds: Int(patience.inSeconds.rounded(.up)), microseconds: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] { setsockopt(socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout.size(ofValue: time))) }
        let question = Array("snapshot\n".utf8)
        guard send(socket, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else { throw silence(process, errno) }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &piece, piece.count, 0)
            if count == 0 { return String(decoding: answer, as: UTF8.self) }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw silence(process, errno)
            }
            answer += piece[..<count]
            guard answer.count <= mostBytes else {
                throw ObjectCensusError(
                    .unreadable, "the census of process \(process) answers with more than \(mostBytes >> 20) MB: it is not one of this version")
            }
        }
    }

    private static func silence(_ process: Int32, _ number: Int32) -> ObjectCensusError {
        ObjectCensusError(
            .noAnswer, "the census of process \(process) did not answer (\(String(cString: strerror(number)))): the process may have ended or be stopped")
    }

    private static func connect(_ path: String) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard connected == 0 else {
            close(socket)
            return nil
        }
        return socket
    }
}
#endif
