#if os(Linux)
    import Glibc

    /// What there is to know of a process before it is sampled.
    struct SampledProcess: Sendable {
        /// The process and its descendants.
        let processes: [Int32]
        /// The one among them that is the server.
        let server: Int32
        let runtime: ServerRuntimeKind

        var name: String { ProcFileSystem.name(of: server) }

        /// Whether an interpreter writes the names of its functions where perf finds them.
        var hasNamedFunctions: Bool { processes.contains { access("/tmp/perf-\($0).map", R_OK) == 0 } }

        /// Why functions have no names, and what to do.
        var nameless: String {
            if runtime == .node {
                return "Node shows no JavaScript names: start it through this command (`interlock profile -- node server.js`) in a folder that can be written, or with "
                    + "`node --perf-basic-prof`"
            }
            let version = Self.pythonVersion(ProcFileSystem.text("/proc/\(server)/maps") ?? "")
            if let version, version < 12 {
                return
                    "Python 3.\(version) tells perf no function names: install py-spy (`pip install py-spy`), "
                        + "which reads them, or use Python 3.12 or later; what is shown is the interpreter's C code"
            }
            return
                "Python shows no function names: start it through this command (`interlock "
                    + "profile -- python server.py`), or with PYTHONPERFSUPPORT=1, or install py-spy"
        }

        /// 12 for Python 3.12, from what a process has mapped: the library, the interpreter, or an extension built for it.
        static func pythonVersion(_ maps: String) -> Int? {
            for marker in ["libpython3.", "/python3.", ".cpython-3"] {
                guard let range = maps.firstRange(of: marker), let version = Int(maps[range.upperBound...].prefix { $0.isASCII && $0.isNumber }) else {
                    continue
                }
                return version
            }
            return nil
        }
    }
#endif
