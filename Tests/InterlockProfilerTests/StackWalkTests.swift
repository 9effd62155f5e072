import CSampler
@testable import InterlockProfiler
import InterlockSimulation
import Testing

@Suite("Walking a stack")
struct StackWalkTests {
    /// Words of memory as a stack; what is put into it as an index of a word becomes that word's address.
    final class Stack {
        let words: UnsafeMutableBufferPointer<UInt>
        // Code lies where nothing of the stack could.
        static let code: Range<UInt> = 0x1000..<0x2000

        init(count: Int) {
            words = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 8, alignment: 16).bindMemory(to: UInt.self)
            words.initialize(repeating: 0)
        }

        deinit { words.deallocate() }

        func address(_ index: Int) -> UInt { UInt(bitPattern: words.baseAddress!) &+ UInt(bitPattern: index * 8) }

        /// A frame record at a word: the caller's record and the return address.
        func record(at index: Int, caller: UInt, returning address: UInt) {
            words[index] = caller
            words[index + 1] = address
        }

        func walk(pc: UInt = 0x1001, link: UInt = 0, frame: UInt, sp: Int = 0, top: Int? = nil) -> RawStack {
            let code = interlock_code_of_ranges([Self.code.lowerBound], [Self.code.upperBound], 1)
            defer { interlock_code_destroy(code) }
            var sample = interlock_sample()
            interlock_walk(&sample, pc, link, frame, address(sp), address(top ?? words.count), code)
            return RawStack(&sample)
        }
    }

    @Test("records are followed to the end, marks of asynchronous frames and all")
    func chain() {
        let stack = Stack(count: 64)
        stack.record(at: 4, caller: stack.address(10) | 1 << 60, returning: 0x1100)
        stack.record(at: 10, caller: stack.address(20), returning: 0x1200)
        stack.record(at: 20, caller: 0, returning: 0x1300)
        stack.record(at: 30, caller: 0, returning: 0x1400)
        #expect(stack.walk(frame: stack.address(4)) == RawStack(pc: 0x1001, frames: [0x1100, 0x1200, 0x1300]))
        // A thread that starts with garbage in the register has its end all the same.
        stack.words[20] = 7
        #expect(stack.walk(frame: stack.address(4)).frames == [0x1100, 0x1200, 0x1300])
    }

    @Test("what leads nowhere ends the walk: outside, backwards, in a circle, misaligned, not to code")
    func garbage() {
        let stack = Stack(count: 64)
        stack.record(at: 4, caller: stack.address(10), returning: 0x1100)
        for wrong in [stack.address(64), stack.address(63), stack.address(-8), stack.address(4), stack.address(2), stack.address(11) + 3, 1, .max] {
            stack.record(at: 10, caller: wrong, returning: 0x1200)
            #expect(stack.walk(frame: stack.address(4)).frames == [0x1100, 0x1200], "0x\(String(wrong, radix: 16))")
        }
        stack.record(at: 10, caller: 0, returning: 0x2000)
        #expect(stack.walk(frame: stack.address(4)).frames == [0x1100])
        for (sp, top) in [(63, 64), (64, 64), (40, 8)] { #expect(stack.walk(frame: stack.address(4), sp: sp, top: top).frames.isEmpty) }
    }

    @Test("a register that was used for something else is replaced by the first record that leads to another")
    func recovered() {
        let stack = Stack(count: 256)
        stack.words[5] = 0x1500
        stack.words[7] = 0x9999
        stack.record(at: 14, caller: stack.address(15), returning: 0x1600)
        stack.record(at: 20, caller: stack.address(40), returning: 0x1100)
        stack.record(at: 40, caller: 5, returning: 0x1200)
        stack.record(at: 60, caller: stack.address(80), returning: 0x1300)
        stack.record(at: 80, caller: 0, returning: 0x1400)
        for frame in [0, 12_345, stack.address(-100), stack.address(300)] as [UInt] {
            let walked = stack.walk(frame: frame)
            #expect(walked.frames == [0x1100, 0x1200, 0x1300, 0x1400] && walked.candidates == [0x1500, 0x1600])
        }
        // The control: with nothing that leads on there is nothing to take up.
        stack.words[60] = 0
        #expect(stack.walk(frame: stack.address(20)).frames == [0x1100, 0x1200])
    }

    @Test("a stack deeper than is kept is marked as cut, one that just fits is not", arguments: [127, 128, 129, 500])
    func depth(depth: Int) {
        let stack = Stack(count: depth * 2 + 2)
        for index in 0..<depth {
            stack.record(at: index * 2, caller: index + 1 < depth ? stack.address(index * 2 + 2) : 0, returning: 0x1000 + UInt(index))
        }
        let walked = stack.walk(frame: stack.address(0))
        let kept = Int(INTERLOCK_SAMPLE_FRAMES)
        #expect(walked.frames == (0..<min(depth, kept)).map { 0x1000 + UInt($0) } && walked.isCut == (depth > kept))
    }

    @Test("whatever is on the stack, nothing outside of it is read and only code is kept", arguments: 0..<8 as Range<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        // The words beyond the ends are code and would show: a walk that leaves the stack is seen.
        let (size, margin) = (128, 64)
        for _ in 0..<400 {
            let stack = Stack(count: size + 2 * margin)
            for index in stack.words.indices {
                let isInside = (margin..<margin + size).contains(index)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: stack.words[index] = stack.address(Int.random(in: 0..<size + 2 * margin, using: &random))
                case 1: stack.words[index] = isInside ? UInt.random(in: 0x1000..<0x1800, using: &random) : 0x1FFF
                case 2: stack.words[index] = isInside ? UInt.random(in: 0...UInt.max, using: &random) : 0x1FFF
                default: stack.words[index] = isInside ? 0 : 0x1FFF
                }
            }
            let anywhere = stack.address(Int.random(in: 0..<size + 2 * margin, using: &random))
            let frame = Bool.random(using: &random) ? anywhere : UInt.random(in: 0...UInt.max, using: &random)
            let walked = stack.walk(frame: frame, sp: margin + Int.random(in: 0..<size, using: &random), top: margin + size)
            #expect((walked.frames + walked.candidates).allSatisfy { Stack.code.contains($0) && $0 != 0x1FFF })
        }
    }

    @Test("code is where the ranges say, to the byte")
    func code() {
        let code = interlock_code_of_ranges([0x5000, 0x1000, 0x3000], [0x6000, 0x2000, 0x3001], 3)
        defer { interlock_code_destroy(code) }
        for (address, isCode) in [
            (0, false), (0xFFF, false), (0x1000, true), (0x1FFF, true), (0x2000, false), (0x3000, true), (0x3001, false), (0x5FFF, true), (0x6000, false),
        ] {
            #expect(interlock_code_contains(code, UInt(address)) == isCode, "0x\(String(address, radix: 16))")
        }
        let none = interlock_code_of_ranges([], [], 0)
        defer { interlock_code_destroy(none) }
        #expect(!interlock_code_contains(none, 0) && !interlock_code_contains(none, .max))
    }
}
