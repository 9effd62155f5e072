import Foundation

/// A folder of this process in the system's place for temporary files, readable for its owner only.
///
/// It is removed by ``remove()``, at the latest with the value. What a killed process left behind is removed by the next one of the same user.
final class PrivateFolder: Sendable {
    let path: String

    init(purpose: String, in parent: String = FileManager.default.temporaryDirectory.path) throws {
        let prefix = "interlock-\(purpose)."
        Self.removeLeftovers(prefix, in: parent)
        path = "\(parent)/\(prefix)\(ProcessInfo.processInfo.processIdentifier).\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        remove()
    }

    /// Removes the folder and what is in it. Idempotent.
    func remove() {
        try? FileManager.default.removeItem(atPath: path) // what stays is removed by the next process
    }

    private static func removeLeftovers(_ prefix: String, in parent: String) {
        // A folder that cannot be listed or removed is left alone: it is litter, and nobody waits for it.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            let parts = name.dropFirst(prefix.count).split(separator: ".")
            guard parts.count == 2, let process = pid_t(parts[0]), process > 0, kill(process, 0) != 0, errno == ESRCH else { continue }
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
    }
}
