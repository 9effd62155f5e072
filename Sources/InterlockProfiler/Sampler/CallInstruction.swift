/// The call that a return address comes back from, read from the machine code before it.
///
/// C libraries keep no frame records on x86-64: a thread that is inside `memcpy` or waits in `futex` shows its caller's record as
/// its own, and that caller's name is missing. The call before the innermost return address on the stack leads to it.
enum CallInstruction: Hashable {
    /// To a known address.
    case direct(UInt)
    /// To whatever a register or a place in memory holds.
    case indirect

    /// The call that ends a piece of x86-64 code; `nil` where it ends with none.
    ///
    /// - Parameters:
    ///   - code: the last bytes before the address, seven or more if there are.
    ///   - address: the return address.
    static func x86(endingAt address: UInt, code: [UInt8]) -> CallInstruction? {
        let count = code.count
        if count >= 5, code[count - 5] == 0xE8 {
            let offset = (1...4).reversed().reduce(0 as UInt32) { $0 << 8 | UInt32(code[count - 5 + $1]) }
            return .direct(address &+ UInt(bitPattern: Int(Int32(bitPattern: offset))))
        }
        // FF /2 with its operand's bytes: a register, memory with no, one or four bytes of displacement, with or without an index.
        for length in [2, 3, 4, 6, 7] where count >= length && code[count - length] == 0xFF {
            let operand = code[count - length + 1]
            guard operand >> 3 & 7 == 2 else { continue }
            let (mode, base) = (operand >> 6, operand & 7)
            let index = mode != 3 && base == 4 ? 1 : 0
            let displacement = mode == 1 ? 1 : mode == 2 || (mode == 0 && base == 5) ? 4 : 0
            if 2 + index + displacement == length { return .indirect }
        }
        return nil
    }

    /// The call that is the last instruction of a piece of 64-bit ARM code; `nil` where it is none.
    static func arm(endingAt address: UInt, code: [UInt8]) -> CallInstruction? {
        guard code.count >= 4 else { return nil }
        let instruction = code.suffix(4).reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        if instruction & 0xFC00_0000 == 0x9400_0000 {
            let offset = Int32(bitPattern: instruction << 6) >> 4
            return .direct(address &- 4 &+ UInt(bitPattern: Int(offset)))
        }
        // BLR, and BLRAA with its kin, which check the pointer first.
        return instruction & 0xFFFF_FC1F == 0xD63F_0000 || instruction & 0xFEFF_F800 == 0xD63F_0800 ? .indirect : nil
    }

    /// The call before an address in the code of this process.
    static func before(_ address: UInt, in modules: [LoadedModule]) -> CallInstruction? {
        #if arch(arm64)
        arm(endingAt: address, code: modules.code(before: address, count: 4))
        #else
        x86(endingAt: address, code: modules.code(before: address, count: 8))
        #endif
    }

    /// Whether x86-64 code has made a frame record of its own: `mov rbp, rsp` after `push rbp`, or what asynchronous Swift does.
    static func makesFrame(_ code: [UInt8]) -> Bool {
        code.contains([0x55, 0x48, 0x89, 0xE5]) || code.contains([0x48, 0x8D, 0x6C, 0x24, 0x08])
    }
}

extension [UInt8] {
    fileprivate func contains(_ pattern: [UInt8]) -> Bool {
        guard count >= pattern.count else { return false }
        return (0...count - pattern.count).contains { self[$0..<$0 + pattern.count].elementsEqual(pattern) }
    }
}
