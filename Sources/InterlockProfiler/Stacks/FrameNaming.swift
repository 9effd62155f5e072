/// Names frames so that people can read them and so that ``LibraryModules`` can tell whose they are. Pure.
public enum FrameNaming {
    /// A frame as `perf script` shows it: a symbol, and the file its code was mapped from.
    ///
    /// Names that Python and Node write into perf maps are taken apart; a Swift symbol stays mangled and gets its module, see ``demangled(_:_:)``.
    public static func frame(symbol: String, file: String) -> StackFrame {
        let base = file.hasSuffix(" (deleted)") ? String(file.dropLast(" (deleted)".count)) : file
        let name = base.split(separator: "/").last.map(String.init) ?? base
        if name.hasPrefix("perf-"), name.hasSuffix(".map") { return compiled(symbol) }
        let module = name.hasPrefix("[kernel") || name.hasPrefix("[guest.kernel") ? "[kernel]" : name
        if symbol == "[unknown]" || symbol.isEmpty { return StackFrame(symbol: "[\(module.trimmingBrackets)]", module: module) }
        if let known = linked.first(where: { symbol.hasPrefix($0.prefix) }) { return StackFrame(symbol: symbol, module: known.module) }
        return StackFrame(symbol: symbol, module: swiftModule(of: symbol) ?? module)
    }

    /// What Swift servers have linked into their executable, told by how its symbols begin.
    private static let linked: [(prefix: String, module: String)] = [
        ("c_nio_", "CNIO"), ("CNIO", "CNIO"), ("CCryptoBoringSSL", "_CryptoExtras"), ("swift::", "Swift"),
    ]

    /// A frame of py-spy's raw format: `name (path:line)`.
    public static func pySpyFrame(_ text: String) -> StackFrame {
        guard text.hasSuffix(")"), let open = text.lastIndex(of: "(") else { return StackFrame(symbol: text) }
        let place = text[text.index(after: open)...].dropLast()
        let path = place.lastIndex(of: ":").map { place[..<$0] } ?? place
        let name = text[..<open].trimmingSuffix(" ")
        return StackFrame(symbol: "\(name) (\(path.split(separator: "/").last ?? path))", module: scriptModule(String(path)))
    }

    /// Whether a symbol is a mangled Swift name of the stable ABI, which `swift demangle` can read.
    public static func isMangledSwift(_ symbol: String) -> Bool { symbol.hasPrefix("$s") || symbol.hasPrefix("$S") || symbol.hasPrefix("_$s") }

    /// A frame with its readable name in place of the mangled one.
    public static func demangled(_ frame: StackFrame, _ name: String) -> StackFrame { StackFrame(symbol: name, module: frame.module) }

    /// The module of a mangled Swift name: the identifier it begins with, or `Swift` where a standard type is extended.
    static func swiftModule(of symbol: String) -> String? {
        guard isMangledSwift(symbol) else { return nil }
        var rest = symbol.drop { $0 == "_" }.dropFirst(2)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let length = Int(digits), length > 0, !digits.hasPrefix("0") else {
            // `s`, `S…` and the like stand for the standard library and its types; `So` is imported from C.
            // A name that begins with a type's signature is a thunk the compiler made.
            return rest.hasPrefix("So") ? nil : rest.hasPrefix("Sc") ? "_Concurrency" : "Swift"
        }
        rest = rest.dropFirst(digits.count)
        let module = rest.prefix(length)
        return module.utf8.count == length ? String(module) : nil
    }

    /// A name out of a perf map.
    private static func compiled(_ symbol: String) -> StackFrame {
        if symbol.hasPrefix("py::") {
            let rest = symbol.dropFirst("py::".count)
            // The name may have colons of its own (`<frozen …>` has none, lambdas have none); the path is what follows the first that precedes a path.
            guard let colon = rest.firstRange(of: ":/")?.lowerBound ?? rest.firstIndex(of: ":") else {
                return StackFrame(symbol: String(rest), module: "python")
            }
            let path = String(rest[rest.index(after: colon)...])
            return StackFrame(symbol: "\(rest[..<colon]) (\(path.split(separator: "/").last ?? ""))", module: scriptModule(path))
        }
        for kind in ["LazyCompile:", "Function:", "JS:", "Script:", "Eval:", "Code:"] where symbol.hasPrefix(kind) {
            let rest = symbol.dropFirst(kind.count).drop { "*~^+'\" ".contains($0) }
            let place = rest.split(separator: " ").last ?? rest
            let path = place.split(separator: ":").prefix { Int($0) == nil }.joined(separator: ":")
            let file = place.split(separator: "/").last ?? place
            let name = rest.dropLast(place.count).trimmingSuffix(" ")
            return StackFrame(symbol: "\(name.isEmpty ? "(anonymous)" : String(name)) (\(file))", module: path.isEmpty ? "node" : scriptModule(path))
        }
        return StackFrame(symbol: symbol, module: "node")
    }

    /// The package of a Python or JavaScript file, or the file itself where it is the server's own.
    static func scriptModule(_ path: String) -> String {
        if path.hasPrefix("node:") { return path.split(separator: "/").first.map(String.init) ?? "node:" }
        if path.hasPrefix("<") { return "python3" }
        let parts = path.split(separator: "/").map(String.init)
        if let index = parts.lastIndex(of: "node_modules"), index + 1 < parts.count {
            let name = parts[index + 1]
            return "node_modules/" + (name.hasPrefix("@") && index + 2 < parts.count ? "\(name)/\(parts[index + 2])" : name)
        }
        if let index = parts.lastIndex(where: { $0 == "site-packages" || $0 == "dist-packages" }), index + 1 < parts.count {
            return "site-packages/" + (parts[index + 1].split(separator: ".").first.map(String.init) ?? parts[index + 1])
        }
        if let index = parts.lastIndex(where: { $0.hasPrefix("python3.") }), index > 0, parts[index - 1] == "lib", index + 1 < parts.count {
            return "\(parts[index])/\(parts[index + 1].split(separator: ".").first ?? "")"
        }
        return parts.last ?? path
    }
}

extension StringProtocol {
    fileprivate var trimmingBrackets: String { String(drop { $0 == "[" }.reversed().drop { $0 == "]" }.reversed()) }

    fileprivate func trimmingSuffix(_ character: Character) -> String { String(reversed().drop { $0 == character }.reversed()) }
}
