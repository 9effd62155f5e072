import InterlockConcurrency
@testable import InterlockRedis
import InterlockSimulation
import NIOCore
import Testing

struct RESPParserTests {
    static let table: [(String, RESPValue)] = [
        ("+OK\r\n", .text("OK")), ("+\r\n", .text("")), ("-ERR no such\r\n", .error(RESPErrorReply("ERR no such"))),
        (":0\r\n", .integer(0)), (":-9223372036854775808\r\n", .integer(.min)), (":+7\r\n", .integer(7)),
        ("$0\r\n\r\n", .bytes([])), ("$4\r\na\r\nb\r\n", .bytes(Array("a\r\nb".utf8))), ("$-1\r\n", .null), ("*-1\r\n", .null), ("_\r\n", .null),
        ("#t\r\n", .boolean(true)), ("#f\r\n", .boolean(false)), (",1.5\r\n", .double(1.5)), (",-inf\r\n", .double(-.infinity)), (",1e3\r\n", .double(1000)),
        ("(3492890328409238509324850943850943825024385\r\n", .bigNumber("3492890328409238509324850943850943825024385")),
        ("!11\r\nSYNTAX very\r\n", .error(RESPErrorReply("SYNTAX very"))), ("=8\r\ntxt:some\r\n", .verbatim(kind: "txt", bytes: Array("some".utf8))),
        ("*0\r\n", .array([])), ("*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", .array([.integer(1), .array([.bytes([120])])])),
        ("~2\r\n+a\r\n#t\r\n", .set([.text("a"), .boolean(true)])),
        ("%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n", .map([.init(key: .text("a"), value: .integer(1)), .init(key: .text("b"), value: .map([]))])),
        (">2\r\n+invalidate\r\n*1\r\n+k\r\n", .push([.text("invalidate"), .array([.text("k")])])),
        ("|1\r\n+ttl\r\n:5\r\n:3\r\n", .integer(3)), ("|0\r\n:3\r\n", .integer(3)),
        ("*2\r\n|1\r\n+ttl\r\n*1\r\n:9\r\n:1\r\n:2\r\n", .array([.integer(1), .integer(2)])),
    ]

    @Test func everyTypeIsReadHoweverItIsCut() throws {
        for (text, expected) in Self.table {
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count {
                var parser = RESPParser()
                parser.append(ByteBuffer(bytes: bytes[..<cut]))
                let early = try parser.next()
                #expect((early != nil) == (cut == bytes.count), "\(text.debugDescription) cut at \(cut)")
                parser.append(ByteBuffer(bytes: bytes[cut...]))
                let value = try early ?? parser.next()
                #expect(value == expected)
                #expect(parser.bufferedBytes == 0)
            }
        }
    }

    @Test func repliesOneByteAtATimeAndAllAtOnceAreTheSame() throws {
        let all = Self.table.map(\.0).joined()
        for step in [1, 2, 3, 7, all.utf8.count] {
            var parser = RESPParser()
            var values: [RESPValue] = []
            let bytes = Array(all.utf8)
            for start in stride(from: 0, to: bytes.count, by: step) {
                parser.append(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + step)]))
                while let value = try parser.next() { values.append(value) }
            }
            #expect(values == Self.table.map(\.1))
        }
    }

    @Test func whatIsNoReplyIsRefused() {
        let wrong = [
            "\r\n", "\n", "OK\r\n", "+a\rb\r\n", "+a\n", ":\r\n", ":1a\r\n", ":9223372036854775808\r\n", "$a\r\n", "$-2\r\n", "$2\r\nabc\r\n", "$?\r\n", "*?\r\n", "*99999999999\r\n",
            "#x\r\n", "#\r\n", "_x\r\n", ",abc\r\n", ",0x10\r\n", "(1.5\r\n", "(\r\n", "=3\r\ntxt\r\n", "!-1\r\n", "%-1\r\n", "*1\r\n>1\r\n+x\r\n", ".\r\n", "+\u{0}\r\r\n",
        ]
        for text in wrong {
            var parser = RESPParser()
            parser.append(ByteBuffer(string: text))
            #expect(throws: RESPProtocolError.self, "\(text.debugDescription)") { while try parser.next() != nil {} }
        }
    }

    @Test func limitsAreKept() {
        let limits = RESPLimits(depth: 3, values: 10, stringBytes: 20, replyBytes: 60, lineBytes: 30)
        let cases: [(String, RESPProtocolError.Code)] = [
            ("*1\r\n*1\r\n*1\r\n*1\r\n", .tooDeep), ("*11\r\n", .tooLong), ("*5\r\n" + String(repeating: "*2\r\n:1\r\n:2\r\n", count: 5), .tooLong),
            ("$21\r\n", .tooLong), ("+" + String(repeating: "x", count: 40), .tooLong), ("*4\r\n" + String(repeating: "$18\r\n123456789012345678\r\n", count: 4), .tooLong),
        ]
        for (text, code) in cases {
            var parser = RESPParser(limits: limits)
            parser.append(ByteBuffer(string: text))
            let error = #expect(throws: RESPProtocolError.self, "\(text)") { while try parser.next() != nil {} }
            #expect(error?.code == code, "\(text)")
        }
    }

    @Test func damagedBytesEndInAValueOrAnErrorAndNeverTrap() {
        var random = SeededRandom(seed: 7)
        let bytes = Array(Self.table.map(\.0).joined().utf8)
        for _ in 0..<3_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: damaged[place] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.remove(at: place)
                default: damaged.insert(Array("$*:%|>\r\n0123-".utf8).randomElement(using: &random)!, at: place)
                }
            }
            var parser = RESPParser()
            parser.append(ByteBuffer(bytes: damaged))
            do { while try parser.next() != nil {} } catch {}
        }
    }

    @Test func commandsAreWrittenAsArraysOfStrings() {
        var buffer = ByteBuffer()
        RedisCommand("SET", ["k", .bytes([0, 1]), -42, .text("twelve chars")]).encode(into: &buffer)
        #expect(String(buffer: buffer) == "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\u{0}\u{1}\r\n$3\r\n-42\r\n$12\r\ntwelve chars\r\n")
    }

    @Test func digestsAreThoseOfTheStandard() {
        #expect(SHA1.hexadecimal(of: Array("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(SHA1.hexadecimal(of: []) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(SHA1.hexadecimal(of: [UInt8](repeating: 97, count: 1_000_000)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    }
}
