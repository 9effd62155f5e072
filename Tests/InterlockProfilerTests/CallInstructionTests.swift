@testable import InterlockProfiler
import Testing

@Suite("The call before a return address")
struct CallInstructionTests {
    @Test("x86-64: direct and indirect calls are told apart from what is none", arguments: [
        ([0xE8, 0x10, 0x00, 0x00, 0x00], .direct(0x1010)), ([0xE8, 0xFB, 0xFF, 0xFF, 0xFF], .direct(0x0FFB)),
        ([0xFF, 0xD0], .indirect), ([0x41, 0xFF, 0xD4], .indirect), ([0xFF, 0x10], .indirect), ([0xFF, 0x50, 0x08], .indirect),
        ([0xFF, 0x14, 0xC8], .indirect), ([0xFF, 0x54, 0xC8, 0x08], .indirect), ([0xFF, 0x15, 1, 2, 3, 4], .indirect),
        ([0xFF, 0x90, 1, 2, 3, 4], .indirect), ([0xFF, 0x94, 0xC8, 1, 2, 3, 4], .indirect),
        ([0xFF, 0xE0], nil),
        ([0x90, 0x90, 0x90, 0x90, 0x90], nil), ([0xE9, 0, 0, 0, 0], nil), ([], nil), ([0xE8, 0, 0, 0], nil), ([0xFF], nil), ([0x50, 0x08], nil),
    ] as [([UInt8], CallInstruction?)])
    func x86(code: [UInt8], expected: CallInstruction?) {
        #expect(CallInstruction.x86(endingAt: 0x1000, code: code) == expected)
        // What comes before does not matter.
        if expected != nil { #expect(CallInstruction.x86(endingAt: 0x1000, code: [0x90, 0x90] + code) == expected) }
    }

    @Test("64-bit ARM: BL leads to its target, BLR and its kin are indirect", arguments: [
        (0x9400_0004, .direct(0x100C)), (0x97FF_FFFF, .direct(0x0FF8)), (0xD63F_0100, .indirect), (0xD73F_0801, .indirect), (0xD63F_081F, .indirect),
        (0xD61F_0100, nil), (0x1400_0004, nil), (0xD65F_03C0, nil), (0xD503_201F, nil),
    ] as [(UInt32, CallInstruction?)])
    func arm(instruction: UInt32, expected: CallInstruction?) {
        let code = withUnsafeBytes(of: instruction.littleEndian) { Array($0) }
        #expect(CallInstruction.arm(endingAt: 0x1000, code: code) == expected)
        #expect(CallInstruction.arm(endingAt: 0x1000, code: Array(code.dropFirst())) == nil)
    }

    @Test("a frame record is made by push and move, or as asynchronous functions do it")
    func frames() {
        #expect(CallInstruction.makesFrame([0x55, 0x48, 0x89, 0xE5, 0x41]) && CallInstruction.makesFrame([0xF3, 0x0F, 0x1E, 0xFA, 0x55, 0x48, 0x89, 0xE5]))
        #expect(CallInstruction.makesFrame([0x48, 0x0F, 0xBA, 0xED, 0x3C, 0x55, 0x41, 0x56, 0x48, 0x8D, 0x6C, 0x24, 0x08]))
        #expect(!CallInstruction.makesFrame([0x55, 0x48, 0x89]) && !CallInstruction.makesFrame([]))
        #expect(!CallInstruction.makesFrame([0x55, 0x53, 0x48, 0x83, 0xEC, 8]))
    }
}
