#if os(Linux)
import Foundation
import Testing

@testable import InterlockCommands

@Suite("What a profiled server finds in its environment")
struct ProfiledEnvironmentTests {
    @Test("names for perf, besides what is there; the module that Node loads first is gone at the end")
    func additions() throws {
        let environment = try ProfiledEnvironment()
        let found = environment.additions(to: ["NODE_OPTIONS": "--enable-source-maps", "HOME": "/"])
        let options = try #require(found["NODE_OPTIONS"]).split(separator: " ")
        #expect(found["PYTHONPERFSUPPORT"] == "1" && found.count == 2)
        #expect(options.prefix(3) == ["--enable-source-maps", "--perf-basic-prof", "--interpreted-frames-native-stack"] && options.count == 4)
        let module = try #require(options.last?.split(separator: "=").last.map(String.init))
        #expect(options.last?.hasPrefix("--require=/") == true && module.contains("/interlock-node-"))
        #expect(try String(contentsOfFile: module, encoding: .utf8).contains(#"-${process.pid}-.*v8\\.log$`"#))
        environment.end()
        #expect(!FileManager.default.fileExists(atPath: (module as NSString).deletingLastPathComponent))
    }

    @Test("in a folder that cannot be written V8's log would go among the answers: Node then writes no names")
    func unwritable() throws {
        let environment = try ProfiledEnvironment(startedIn: "/no/such/folder")
        defer { environment.end() }
        #expect(environment.additions(to: ["NODE_OPTIONS": "--enable-source-maps"]) == ["PYTHONPERFSUPPORT": "1"])
    }
}
#endif
