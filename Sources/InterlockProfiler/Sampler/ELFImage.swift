/// The functions of a program or library, from the symbol table of its file (ELF, 64 bits, little-endian).
///
/// A program does not export its functions, so the dynamic loader cannot name them; `.symtab` can, unless it was stripped, and
/// then `.dynsym` names what is exported. The table is read through once for all addresses that are asked for and not kept:
/// that of a large program takes tens of megabytes.
struct ELFImage<Source: ByteSource> {
    private struct Section {
        var type: UInt32
        var offset: UInt64
        var size: UInt64
        var link: Int
    }

    private let source: Source
    private let symbols: Section
    private let names: Section

    /// Reads the headers.
    ///
    /// - Throws: ``ELFError`` for what is no such file, is damaged, or names no functions.
    init(_ source: Source) throws(ELFError) {
        self.source = source
        guard let header = source.bytes(at: 0, count: Sizes.header), header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw .notELF }
        guard header[4] == 2, header[5] == 1 else { throw .otherMachine }
        let (table, entry) = (header.integer(at: 40, as: UInt64.self), Int(header.integer(at: 58, as: UInt16.self)))
        var count = Int(header.integer(at: 60, as: UInt16.self))
        guard table > 0, entry == Sizes.section else { throw .noSymbols }
        // More sections than the field can say: the first one says how many.
        if count == 0, let first = source.bytes(at: table, count: entry) {
            count = Int(min(first.integer(at: 32, as: UInt64.self), UInt64(Sizes.mostSections)))
        }
        guard let bytes = source.bytes(at: table, count: count * entry) else { throw .damaged }
        let sections = (0..<count).map { index in
            Section(
                type: bytes.integer(at: index * entry + 4, as: UInt32.self), offset: bytes.integer(at: index * entry + 24, as: UInt64.self),
                size: bytes.integer(at: index * entry + 32, as: UInt64.self), link: Int(bytes.integer(at: index * entry + 40, as: UInt32.self)))
        }
        guard let symbols = sections.first(where: { $0.type == 2 }) ?? sections.first(where: { $0.type == 11 }) else { throw .noSymbols }
        guard sections.indices.contains(symbols.link), sections[symbols.link].type == 3 else { throw .damaged }
        self.symbols = symbols
        names = sections[symbols.link]
    }

    /// The functions that hold the addresses, which are those of the file, in ascending order.
    ///
    /// Of several that hold an address the one that begins last is meant, which is the innermost.
    func functions(at addresses: [UInt64]) -> [UInt64: ELFFunction] {
        guard let lowest = addresses.first, let highest = addresses.last else { return [:] }
        var best: [UInt64: (start: UInt64, size: UInt64, name: UInt32)] = [:]
        eachFunction { start, size, name in
            guard start <= highest, size > 0, start &+ size > lowest, start &+ size > start else { return }
            var index = addresses.firstIndex(notBelow: start)
            while index < addresses.count, addresses[index] < start + size {
                let address = addresses[index]
                if best[address].map({ $0.start < start }) ?? true { best[address] = (start, size, name) }
                index += 1
            }
        }
        var functions: [UInt64: ELFFunction] = [:]
        for (address, found) in best {
            if let name = name(at: found.name) { functions[address] = ELFFunction(name: name, start: found.start, size: found.size) }
        }
        return functions
    }

    private func eachFunction(_ body: (_ start: UInt64, _ size: UInt64, _ name: UInt32) -> Void) {
        var offset: UInt64 = 0
        while offset < symbols.size {
            let count = Int(min(UInt64(Sizes.batch), (symbols.size - offset) / UInt64(Sizes.symbol)))
            let (position, overflow) = symbols.offset.addingReportingOverflow(offset)
            // A table that ends before its header says so: what came before the end is as good as ever.
            guard count > 0, !overflow, let bytes = source.bytes(at: position, count: count * Sizes.symbol) else { return }
            bytes.withUnsafeBytes { raw in
                for base in stride(from: 0, to: count * Sizes.symbol, by: Sizes.symbol) {
                    // A function, or one that is chosen when the program starts; defined here.
                    let type = raw[base + 4] & 0xF
                    guard type == 2 || type == 10, raw.integer(at: base + 6, as: UInt16.self) != 0 else { continue }
                    body(
                        raw.integer(at: base + 8, as: UInt64.self), raw.integer(at: base + 16, as: UInt64.self),
                        raw.integer(at: base, as: UInt32.self))
                }
            }
            offset += UInt64(count * Sizes.symbol)
        }
    }

    private func name(at offset: UInt32) -> String? {
        guard UInt64(offset) < names.size else { return nil }
        let (position, overflow) = names.offset.addingReportingOverflow(UInt64(offset))
        let count = Int(min(UInt64(Sizes.longestName), names.size - UInt64(offset)))
        guard !overflow, let bytes = source.bytes(at: position, count: count) else { return nil }
        let name = bytes.prefix { $0 != 0 }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }
}

/// A function in a file.
struct ELFFunction: Hashable {
    var name: String
    /// Where it begins, as the file counts addresses.
    var start: UInt64
    /// Its length in bytes.
    var size: UInt64
}

/// Why a file names no functions.
enum ELFError: Error {
    /// Another kind of file.
    case notELF
    /// Not 64 bits, or big-endian.
    case otherMachine
    /// Its headers lead outside the file.
    case damaged
    /// It has no table of symbols.
    case noSymbols
}

extension [UInt8] {
    /// A little-endian integer at an offset, which must lie within.
    fileprivate func integer<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
        withUnsafeBytes { $0.integer(at: offset, as: type) }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func integer<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
        Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension [UInt64] {
    /// The place of the first element that is not below `value`; the elements are in ascending order.
    fileprivate func firstIndex(notBelow value: UInt64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Sizes of the format's records, and bounds of what is read of them.
private enum Sizes {
    static let header = 64, section = 64, symbol = 24
    static let mostSections = 1 << 16
    /// Symbols read at a time.
    static let batch = 4_096
    static let longestName = 4_096
}
