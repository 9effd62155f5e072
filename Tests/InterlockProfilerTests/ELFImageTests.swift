@testable import InterlockProfiler
import InterlockSimulation
import Testing

@Suite("Reading the functions of a program's file")
struct ELFImageTests {
    struct Bytes: ByteSource {
        var all: [UInt8]

        func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
            guard count >= 0, let start = Int(exactly: offset), start <= all.count, count <= all.count - start else { return nil }
            return Array(all[start..<start + count])
        }
    }

    /// A symbol as the format has it.
    struct Symbol {
        var name: String
        var start: UInt64
        var size: UInt64
        var type: UInt8 = 2
        var section: UInt16 = 1
    }

    /// A file with a table of symbols and its names, between a header and the headers of four sections.
    static func file(_ symbols: [Symbol], isDynamic: Bool = false) -> [UInt8] {
        var names: [UInt8] = [0], table: [UInt8] = []
        for symbol in symbols {
            table += little(UInt32(names.count)) + [symbol.type | 0x10, 0] + little(symbol.section) + little(symbol.start) + little(symbol.size)
            names += Array(symbol.name.utf8) + [0]
        }
        func section(_ type: UInt32, _ offset: Int, _ size: Int, link: UInt32 = 0) -> [UInt8] {
            little(UInt32(0)) + little(type) + little(UInt64(0)) + little(UInt64(0)) + little(UInt64(offset)) + little(UInt64(size)) + little(link)
                + little(UInt32(0)) + little(UInt64(8)) + little(UInt64(24))
        }
        let (tableAt, namesAt) = (64, 64 + table.count)
        let sectionsAt = namesAt + names.count
        var header: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 32)
        header += little(UInt64(sectionsAt)) + little(UInt32(0)) + little(UInt16(64)) + little(UInt16(0)) + little(UInt16(0))
        header += little(UInt16(64)) + little(UInt16(3)) + little(UInt16(0))
        return header + table + names + section(0, 0, 0) + section(isDynamic ? 11 : 2, tableAt, table.count, link: 2) + section(3, namesAt, names.count)
    }

    private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }

    private static let symbols = [
        Symbol(name: "", start: 0, size: 0, type: 0, section: 0), Symbol(name: "outer", start: 0x1000, size: 0x100),
        Symbol(name: "inner", start: 0x1040, size: 0x10), Symbol(name: "data", start: 0x1080, size: 0x10, type: 1),
        Symbol(name: "elsewhere", start: 0x1090, size: 0x10, section: 0), Symbol(name: "chosen", start: 0x2000, size: 8, type: 10),
        Symbol(name: "empty", start: 0x3000, size: 0), Symbol(name: "endless", start: 0x4000, size: .max),
    ]

    @Test("an address is in the innermost function that holds it, and in none beside one", arguments: [true, false])
    func lookup(isDynamic: Bool) throws {
        let image = try ELFImage(Bytes(all: Self.file(Self.symbols, isDynamic: isDynamic)))
        for (address, name) in [
            (0x0FFF, nil), (0x1000, "outer"), (0x103F, "outer"), (0x1040, "inner"), (0x104F, "inner"), (0x1050, "outer"), (0x1088, "outer"), (0x1098, "outer"),
            (0x10FF, "outer"), (0x1100, nil), (0x2007, "chosen"), (0x2008, nil), (0x3000, nil), (0x4001, nil),
        ] as [(UInt64, String?)] {
            #expect(image.functions(at: [address])[address]?.name == name, "0x\(String(address, radix: 16))")
        }
        let many = image.functions(at: [0x1001, 0x1041, 0x2001, 0x9000])
        #expect(many.mapValues(\.name) == [0x1001: "outer", 0x1041: "inner", 0x2001: "chosen"])
        #expect(many[0x1041]?.start == 0x1040 && many[0x1041]?.size == 0x10 && image.functions(at: []).isEmpty)
    }

    @Test("what is no such file, of another machine or without symbols is refused by its reason")
    func refused() {
        func error(_ bytes: [UInt8]) -> ELFError? {
            do throws(ELFError) { _ = try ELFImage(Bytes(all: bytes)) } catch { return error }
            return nil
        }
        let good = Self.file(Self.symbols)
        #expect(error(good) == nil && error([]) == .notELF && error(Array("#!/bin/sh\n".utf8)) == .notELF && error(Array(good.prefix(63))) == .notELF)
        for (offset, value, expected) in [(4, 1, .otherMachine), (5, 2, .otherMachine), (58, 40, .noSymbols)] as [(Int, UInt8, ELFError)] {
            var bytes = good
            bytes[offset] = value
            #expect(error(bytes) == expected, "byte \(offset)")
        }
        #expect(error(Array(good.dropLast(1))) == .damaged)
        var linkless = good
        linkless[good.count - 128 + 40] = 1
        #expect(error(linkless) == .damaged)
    }

    @Test("any damage is survived, and what is found then still lies where it was asked for", arguments: 0..<4 as Range<UInt64>)
    func damage(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let good = Self.file((0..<40).map { Symbol(name: "f\($0)", start: UInt64(0x1000 + $0 * 16), size: 16) })
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            guard let image = try? ELFImage(Bytes(all: bytes)) else { continue }
            for (address, function) in image.functions(at: [0x1008, 0x1100, 0x1200]) {
                #expect(function.start <= address && address - function.start < function.size)
            }
        }
    }

    @Test("random tables are answered as a plain search over them would", arguments: 0..<8 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let symbols = (0..<200).map { Symbol(name: "f\($0)", start: .random(in: 0..<4_000, using: &random), size: .random(in: 0...64, using: &random)) }
        let addresses = Set((0..<300).map { _ in UInt64.random(in: 0..<4_100, using: &random) }).sorted()
        let found = try ELFImage(Bytes(all: Self.file(symbols))).functions(at: addresses)
        for address in addresses {
            let expected = symbols.filter { $0.start <= address && address < $0.start + $0.size }.map(\.start).max()
            #expect(found[address]?.start == expected)
        }
    }

    @Test("the program's own file names a function of this test")
    func itself() throws {
        let modules = LoadedModule.current()
        let module = try #require(modules.first { $0.path == "/proc/self/exe" } ?? modules.first)
        #expect(module.range.upperBound > module.range.lowerBound && modules.holding(module.range.lowerBound)?.path == module.path)
        #expect(modules.holding(0) == nil && modules.holding(.max) == nil && modules.code(before: 0, count: 4).isEmpty)
        #expect(modules.code(from: module.range.lowerBound, count: 4).count == 4)
    }
}
