import Foundation

/// The library that counts the live objects of a Swift server, and where it is looked for.
enum ObjectLibrary {
    static let name = "libInterlockObjectCensus.so"

    /// The path of the library, absolute.
    ///
    /// - Parameters:
    ///   - given: what the command line names; nothing else is looked at then.
    ///   - executable: the path of `interlock` itself.
    static func path(
        given: String?, executable: String? = executable, folder: String = FileManager.default.currentDirectoryPath,
        exists: (String) -> Bool = { FileManager.default.isReadableFile(atPath: $0) }
    ) throws(UsageError) -> String {
        let places: [String]
        if let given {
            places = [given.hasPrefix("/") ? given : "\(folder)/\(given)"]
        } else {
            let own = executable.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            places = own.map { [$0.appendingPathComponent(name).path, $0.deletingLastPathComponent().appendingPathComponent("lib/\(name)").path] } ?? []
        }
        guard let found = places.first(where: exists) else {
            throw UsageError(
                "--objects: there is no \(places.joined(separator: " and no ")). Build it with dev/object-census, or name it with --objects-library.")
        }
        // The loader takes these for the end of a path, and knows no way to quote them.
        guard !found.contains(where: { $0 == ":" || $0.isWhitespace }) else {
            throw UsageError(
                "--objects: \(found) has a space or a colon in its path, which the loader cannot preload; put it elsewhere and name it with --objects-library.")
        }
        return found
    }

    /// Where this program lies, links followed.
    private static var executable: String? {
        // Where there is no /proc nothing can be counted either, and the message says where was looked.
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments.first
    }
}
