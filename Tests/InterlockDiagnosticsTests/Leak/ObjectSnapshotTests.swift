import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("Answers of the object census")
struct ObjectSnapshotTests {
    private static let answer = """
        interlock-census 1
        process 42
        blocks 9 900
        lost 2 64
        own 2097152
        swift 3 96 App.Listener
        swift 1 1008 _ContiguousArrayStorage<UInt8>
        swift 2 64 App.Listener
        other 3 100 64
        end

        """

    @Test("counts are read by type, and a type that comes twice is added up")
    func reads() throws {
        let snapshot = try ObjectSnapshot(parsing: Self.answer)
        #expect(snapshot.tallies == [
            .swift("App.Listener"): .init(count: 5, bytes: 160), .swift("_ContiguousArrayStorage<UInt8>"): .init(count: 1, bytes: 1008),
            .other(upTo: 64): .init(count: 3, bytes: 100),
        ])
        #expect(snapshot.lost == .init(count: 2, bytes: 64))
        #expect(snapshot.ownBytes == 2_097_152 && snapshot.processes == [42] && snapshot.hasSwiftObjects)
    }

    @Test("a name keeps its spaces, and a line of a kind to come is passed over", arguments: [
        "swift 1 32 closure or box (server+0x1a2b)", "swift 1 32 Pair<Int, (any Error, String)>",
    ])
    func names(line: String) throws {
        let snapshot = try ObjectSnapshot(parsing: "interlock-census 1\nfuture 1 2 3 4\n\(line)\nend\n")
        #expect(snapshot.tallies == [.swift(String(line.dropFirst("swift 1 32 ".count))): .init(count: 1, bytes: 32)])
    }

    @Test("what is no answer is refused", arguments: [
        "", "end\n", "interlock-census 2\nend\n", "interlock-census 1\n", "interlock-census 1\nswift 1 32 App.Listener\n",
        "interlock-census 1\nswift x 1 A\nend\n",
        "interlock-census 1\nswift 1 1\nend\n", "interlock-census 1\nswift -1 1 A\nend\n", "interlock-census 1\nother 1 1 many\nend\n",
        "interlock-census 1\nprocess\nend\n", "interlock-census 1\n\nend\n", "HTTP/1.1 200 OK\n",
    ])
    func refused(text: String) {
        let error = #expect(throws: ObjectCensusError.self) { try ObjectSnapshot(parsing: text) }
        #expect(error?.code == .unreadable)
    }

    @Test("an answer that breaks off anywhere is refused, whole lines or not")
    func cut() throws {
        let whole = Array(Self.answer.utf8)
        let end = whole.count - "\n".utf8.count
        for length in 0..<end {
            #expect(throws: ObjectCensusError.self, "\(length)") { try ObjectSnapshot(parsing: String(decoding: whole[..<length], as: UTF8.self)) }
        }
        #expect(try ObjectSnapshot(parsing: String(decoding: whole[..<end], as: UTF8.self)).processes == [42])
    }

    @Test("any bytes are an answer or an error, and never a trap", arguments: 1...20 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes = Array(Self.answer.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            bytes[Int.random(in: 20..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        do { _ = try ObjectSnapshot(parsing: String(decoding: bytes, as: UTF8.self)) } catch { #expect(error.code == .unreadable) }
    }

    @Test("processes are added up")
    func sum() throws {
        var whole = try ObjectSnapshot(parsing: Self.answer)
        whole.add(try ObjectSnapshot(parsing: Self.answer.replacing("process 42", with: "process 43")))
        #expect(whole.tallies[.swift("App.Listener")] == .init(count: 10, bytes: 320))
        #expect(whole.processes == [42, 43] && whole.lost.count == 4 && whole.ownBytes == 4_194_304)
    }

    @Test("the name of a size says from where to where", arguments: [(16, "0 to 16"), (32, "17 to 32"), (1024, "513 to 1024")])
    func sizes(most: Int, words: String) { #expect("\(ObjectSnapshot.Kind.other(upTo: most))" == "no Swift object, \(words) bytes") }

    @Test("of a process's environment one value is read, and no other that is named alike")
    func environment() {
        let text = "PATH=/bin\0XINTERLOCK_CENSUS=/no\0INTERLOCK_CENSUS_OLD=/no\0INTERLOCK_CENSUS=/a=b\0"
        #expect(ProcText.value(of: "INTERLOCK_CENSUS", inEnvironment: text) == "/a=b")
        #expect(ProcText.value(of: "INTERLOCK", inEnvironment: text) == nil)
    }
}
