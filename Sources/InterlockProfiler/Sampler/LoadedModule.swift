import CSampler

/// An executable part of the program or of a library, as it lies in memory.
struct LoadedModule: Sendable {
    /// The file; that of the program itself is `/proc/self/exe`, whatever has become of its name.
    var path: String
    /// What people call it: the name of the file without its folder.
    var name: String
    /// What is added to addresses of the file.
    var slide: UInt
    /// Where its code lies.
    var range: Range<UInt>

    /// Everything that is loaded now, in the order of addresses.
    static func current() -> [LoadedModule] {
        var modules: [LoadedModule] = []
        withUnsafeMutablePointer(to: &modules) { modules in
            interlock_each_module(
                { context, path, slide, start, end in
                    guard let context, start < end else { return }
                    let path = path.map { String(cString: $0) } ?? ""
                    let file = path.isEmpty ? CommandLine.arguments.first ?? "program" : path
                    context.assumingMemoryBound(to: [LoadedModule].self).pointee.append(
                        LoadedModule(
                            path: path.isEmpty ? "/proc/self/exe" : path, name: String(file.split(separator: "/").last ?? "program"),
                            slide: slide, range: start..<end))
                }, modules)
        }
        return modules.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

extension [LoadedModule] {
    /// The module whose code holds the address; the modules are in the order of addresses.
    func holding(_ address: UInt) -> LoadedModule? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].range.upperBound <= address { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].range.contains(address) ? self[low] : nil
    }

    /// The bytes of code up to an address, `count` of them or those from where the module begins; empty outside of code.
    ///
    /// Read from memory: a module that is unloaded between the look at the modules and this would be missing, which no module of
    /// a Swift program is.
    func code(before address: UInt, count: UInt) -> [UInt8] {
        guard address > 0, let module = holding(address - 1) else { return [] }
        return Self.code(Swift.max(module.range.lowerBound, address - Swift.min(count, address))..<address)
    }

    /// The bytes of code from an address on, `count` of them or those to where the module ends; empty outside of code.
    func code(from address: UInt, count: UInt) -> [UInt8] {
        guard let module = holding(address) else { return [] }
        return Self.code(address..<address + Swift.min(count, module.range.upperBound - address))
    }

    private static func code(_ range: Range<UInt>) -> [UInt8] {
        guard let pointer = UnsafeRawPointer(bitPattern: range.lowerBound) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: pointer, count: range.count))
    }
}
