#if os(Linux)
import Glibc

/// A folder of this user alone, for what a command needs while it runs: recordings, sockets, a module that a server loads.
///
/// It lies in `TMPDIR`, or in `/tmp` where that is not set, is too long for the address of a socket in the folder, or could not stand unquoted among the
/// options of a server that is started with it.
package struct TemporaryFolder: Sendable {
    /// Why there is none: the place, and what the system said.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let path: String

    /// - Parameters:
    ///   - purpose: part of its name, for whoever finds it: `profile`, `node`, `census`.
    ///   - place: where the user wants such folders.
    package init(_ purpose: String, in place: String? = getenv("TMPDIR").map { String(cString: $0) }) throws(Failure) {
        let place = Self.usable(place) ?? "/tmp"
        var template = Array("\(place)/interlock-\(purpose)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(description: "no folder can be made in \(place) (\(String(cString: strerror(errno)))); set TMPDIR to one that can be written")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it with the files in it. What cannot be removed stays, and nobody waits for it.
    package func remove() {
        for name in ProcFileSystem.names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    private static func usable(_ place: String?) -> String? {
        guard let place, place.hasPrefix("/"), place.utf8.count <= 60 else { return nil }
        let isPlain = place.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || "0123456789-._/".unicodeScalars.contains($0)) }
        return isPlain ? (place.hasSuffix("/") ? String(place.dropLast()) : place) : nil
    }
}
#endif
