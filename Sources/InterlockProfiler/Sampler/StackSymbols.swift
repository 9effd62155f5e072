import CSampler
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Names for the addresses of raw stacks, from the symbol tables of what is loaded.
///
/// First ``read(_:)`` with everything that is to be named, so that each file is read once; then ``frames(of:)``.
struct StackSymbols {
    /// A function that holds an address.
    private struct Function {
        var frame: StackFrame
        /// Where it begins in memory.
        var start: UInt
    }

    /// Bytes of a function that are looked through for its frame record.
    private static let prologueBytes: UInt = 96

    private let modules: [LoadedModule]
    private var functions: [UInt: Function] = [:]

    init(modules: [LoadedModule] = LoadedModule.current()) { self.modules = modules }

    /// Looks up every address that the names of these stacks need. Reads files: milliseconds for a program of some size, off the pool.
    mutating func read(_ stacks: some Sequence<RawStack>) {
        var wanted: [String: (module: LoadedModule, addresses: Set<UInt>)] = [:]
        for stack in stacks {
            for address in addresses(of: stack) where functions[address] == nil {
                guard let module = modules.holding(address) else { continue }
                wanted[module.path, default: (module, [])].addresses.insert(address)
            }
        }
        var names: [String: String] = [:]
        for (path, (module, addresses)) in wanted {
            // A file that is gone or names nothing leaves its addresses as they are, and the frame says so.
            guard let file = FileBytes(path: path), let image = try? ELFImage(file) else { continue }
            for (address, function) in image.functions(at: addresses.map { UInt64($0 &- module.slide) }.sorted()) {
                let name = names[function.name] ?? Self.demangled(function.name)
                names[function.name] = name
                functions[UInt(address) &+ module.slide] = Function(
                    frame: StackFrame(symbol: name, module: module.name), start: UInt(function.start) &+ module.slide)
            }
        }
    }

    /// The functions of a stack, outermost first.
    func frames(of stack: RawStack) -> [StackFrame] {
        var frames = [frame(at: stack.pc)]
        if let caller = missingCaller(of: stack) { frames.append(frame(at: caller)) }
        frames += stack.frames.map { frame(at: $0 &- 1) }
        if stack.isCut { frames.append(StackFrame(symbol: "[deeper than \(INTERLOCK_SAMPLE_FRAMES) frames]")) }
        return frames.reversed()
    }

    private func frame(at address: UInt) -> StackFrame {
        if let function = functions[address] { return function.frame }
        guard let module = modules.holding(address) else { return StackFrame(symbol: "[0x\(String(address, radix: 16))]") }
        // One name for all that a stripped library does: addresses within it would be a stack of their own each.
        return StackFrame(symbol: "[\(module.name)]", module: module.name)
    }

    private func addresses(of stack: RawStack) -> [UInt] {
        var addresses = [stack.pc] + stack.frames.map { $0 &- 1 }
        if let innermost = stack.frames.first, case .direct(let target)? = CallInstruction.before(innermost, in: modules) { addresses.append(target) }
        return addresses + stack.candidates.filter { CallInstruction.before($0, in: modules) != nil }.map { $0 &- 1 }
    }

    /// The function between the innermost one and the first return address, where the innermost keeps no frame record.
    private func missingCaller(of stack: RawStack) -> UInt? {
        guard let innermost = stack.frames.first else { return nil }
        let here = functions[stack.pc]
        #if arch(arm64)
        // The link register leads to the caller until the function saves it, and into the function itself after it has called something.
        return stack.candidates.first { $0 != innermost && CallInstruction.before($0, in: modules) != nil && isOther($0 &- 1, than: here) }.map { $0 &- 1 }
        #else
        // At its return instruction a function has given its record up.
        let isReturning = modules.code(from: stack.pc, count: 1) == [0xC3]
        if let here, !isReturning {
            let beginning = modules.code(from: here.start, count: min(stack.pc &- here.start, Self.prologueBytes))
            if CallInstruction.makesFrame(beginning) { return nil }
        }
        switch CallInstruction.before(innermost, in: modules) {
        case .direct(let target): return isOther(target, than: here) ? target : nil
        case .indirect:
            let module = modules.holding(stack.pc)?.path
            return stack.candidates.first {
                CallInstruction.before($0, in: modules) != nil && modules.holding($0)?.path != module && isOther($0 &- 1, than: here)
            }.map { $0 &- 1 }
        case nil: return nil
        }
        #endif
    }

    /// Whether an address lies in a function that has a name and is not `here`.
    private func isOther(_ address: UInt, than here: Function?) -> Bool {
        functions[address].map { $0.start != here?.start } ?? false
    }

    private static func demangled(_ name: String) -> String {
        guard name.hasPrefix("$s"), let text = swift_demangle(name, name.utf8.count, nil, nil, 0) else { return name }
        defer { free(text) }
        return String(cString: text)
    }
}
