import ArgumentParser
import InterlockDiagnostics
import InterlockStdio
import Testing

@testable import InterlockCommands

@Suite("The library that counts objects")
struct ObjectLibraryTests {
    private static func found(given: String? = nil, _ there: Set<String>) throws(UsageError) -> String {
        try ObjectLibrary.path(given: given, executable: "/opt/interlock/bin/interlock", folder: "/home/me") { there.contains($0) }
    }

    @Test("it is looked for beside the command, then in lib, unless it is named")
    func places() throws {
        let beside = "/opt/interlock/bin/\(ObjectLibrary.name)", lib = "/opt/interlock/lib/\(ObjectLibrary.name)"
        #expect(try Self.found([beside, lib]) == beside)
        #expect(try Self.found([lib]) == lib)
        #expect(try Self.found(given: "/x/y.so", [beside, lib, "/x/y.so"]) == "/x/y.so")
        #expect(try Self.found(given: "y.so", ["/home/me/y.so"]) == "/home/me/y.so")
    }

    @Test("where it is not, the message names every place and the way to make it")
    func missing() {
        let error = #expect(throws: UsageError.self) { try Self.found([]) }
        for part in ["/opt/interlock/bin/lib", "/opt/interlock/lib/lib", "dev/object-census", "--objects-library"] {
            #expect(error?.message.contains(part) == true, "\(part)")
        }
        // The named place counts alone: nothing is taken from elsewhere in silence.
        #expect(throws: UsageError.self) { try Self.found(given: "/x/y.so", ["/opt/interlock/lib/\(ObjectLibrary.name)"]) }
    }

    @Test("a path that the loader would split is refused", arguments: ["/a b/y.so", "/a:b/y.so"])
    func unloadable(path: String) {
        let error = #expect(throws: UsageError.self) { try Self.found(given: path, [path]) }
        #expect(error?.message.contains("--objects-library") == true)
    }

    #if os(Linux)
    @Test("it comes before what is preloaded already, and the rest of the environment stays", arguments: [
        (ServerCommand.Environment.inherited(adding: [:]), ["LD_PRELOAD": "/outer.so"], "/l.so:/outer.so"), (.inherited(adding: [:]), [:], "/l.so"),
        (.inherited(adding: ["LD_PRELOAD": "/own.so"]), ["LD_PRELOAD": "/outer.so"], "/l.so:/own.so"),
        (.only(["LD_PRELOAD": ""]), ["LD_PRELOAD": "/outer.so"], "/l.so"),
    ] as [(ServerCommand.Environment, [String: String], String)])
    func environment(before: ServerCommand.Environment, inherited: [String: String], preloaded: String) {
        let after = CountedTarget.counted(before, library: "/l.so", folder: "/tmp/f", inherited: inherited)
        let values = switch after {
        case .inherited(let values), .only(let values): values
        }
        #expect(values == ["LD_PRELOAD": preloaded, "INTERLOCK_CENSUS": "/tmp/f"])
    }

    @Test("a server at a URL that was not started with it is refused with the way to do so")
    func url() throws {
        let target = try CountedTarget(.url("http://127.0.0.1:1/mcp"), library: nil)
        let error = #expect(throws: ObjectCensusError.self) { try target.census(1) }
        #expect(error?.code == .notPreloaded)
        for part in ["after --", "LD_PRELOAD=", "INTERLOCK_CENSUS="] { #expect(error?.message.contains(part) == true, "\(part)") }
    }
    #endif

    @Test("--objects-library without --objects is refused")
    func option() async throws {
        let command = try #require(try InterlockCommand.parseAsRoot(["leak", "--objects-library", "/x.so", "http://127.0.0.1:1/mcp"]) as? Leak)
        await #expect(throws: UsageError.self) { try await command.run() }
    }
}
