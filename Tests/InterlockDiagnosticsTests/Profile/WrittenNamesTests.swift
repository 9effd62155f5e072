#if os(Linux)
    import Foundation
    import InterlockTransport
    import Synchronization
    import Testing

    @testable import InterlockDiagnostics

    @Suite("Names that interpreters wrote for perf")
    struct WrittenNamesTests {
        @Test("those of every process that was started are removed, also of one that a later link started; those of others stay")
        func removed() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-names-\(UInt64.random(in: 0..<(.max)))")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) } // a folder of this test alone
            // This process stands for a server, and the second link has started it.
            let links = Mutex(0)
            let server = DiagnosedServer(isShared: false, isHTTP: false) {
                let number = links.withLock { links in
                    links += 1
                    return links
                }
                return DiagnosedServer.Link(ScriptedTransport { _ in .silence }, processIdentifier: { number == 2 ? ProcessInfoOfTests.identifier : nil })
            }
            let names = WrittenNames(in: folder.path)
            let watched = names.watching(server)
            _ = watched.open()
            names.look()
            _ = watched.open()
            names.look()
            func file(_ process: Int32) -> String { folder.appendingPathComponent("perf-\(process).map").path }
            for process in [ProcessInfoOfTests.identifier, 1] { #expect(FileManager.default.createFile(atPath: file(process), contents: Data())) }
            names.remove()
            #expect(!FileManager.default.fileExists(atPath: file(ProcessInfoOfTests.identifier)))
            #expect(FileManager.default.fileExists(atPath: file(1)))
        }
    }
#endif
