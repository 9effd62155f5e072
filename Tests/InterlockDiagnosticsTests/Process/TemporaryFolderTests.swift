#if os(Linux)
import Foundation
import Testing

@testable import InterlockDiagnostics

@Suite("A command's own folder")
struct TemporaryFolderTests {
    private let place = "/tmp/interlock-place-\(UInt32.random(in: 0...UInt32.max))"

    @Test("lies where the user wants it, is theirs alone, and goes with its files", arguments: ["", "/"])
    func place(end: String) throws {
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let folder = try TemporaryFolder("profile", in: place + end)
        #expect(folder.path.hasPrefix("\(place)/interlock-profile-"))
        #expect(try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int == 0o700)
        try "recording".write(toFile: "\(folder.path)/on.data", atomically: false, encoding: .utf8)
        folder.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
    }

    @Test(
        "lies in /tmp where that place is none, too long for a socket's address, or would be two words for a server",
        arguments: [nil, "", "here", "/tmp/" + String(repeating: "a", count: 60), "/tmp/with space", "/tmp/with:colon"])
    func elsewhere(place: String?) throws {
        let folder = try TemporaryFolder("census", in: place)
        defer { folder.remove() }
        #expect(folder.path.hasPrefix("/tmp/interlock-census-"))
    }

    @Test("a place that cannot be written is named, with what the system said and what to do")
    func refused() {
        #expect { try TemporaryFolder("node", in: "/no/such/folder") } throws: {
            "\($0)" == "no folder can be made in /no/such/folder (No such file or directory); set TMPDIR to one that can be written"
        }
    }
}
#endif
