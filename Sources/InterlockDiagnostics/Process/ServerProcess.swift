/// Finds the server among a process and those that it has started. Pure: what is known of each is given.
///
/// It is the process that was named or that listens, whatever that has started besides: git, a browser, workers of its own. Only where it does nothing but
/// start another, as shells, `uvx` and `npx` do, is it the one that was started last; and where it only watches over workers that serve, as gunicorn and
/// `uvicorn --workers` do, the last of those.
enum ServerProcess {
    /// What there is to know of a process.
    struct Seen: Sendable, Hashable {
        /// What the kernel calls it, 15 bytes at most.
        var name: String
        /// Its command line. A title that it has written over that is one word with spaces, such as `npm exec server`.
        var words: [String]
        /// Those that it has started and that run, the eldest first.
        var children: [Int32] = []
    }

    /// Nobody puts more wrappers around a server; and what was read while it changed may lead round in a circle.
    private static let most = 32

    /// The server, beginning with the process that was named or that listens.
    ///
    /// - Parameter seen: what there is to know of a process; `nil` when it has ended.
    static func find(from process: Int32, _ seen: (Int32) -> Seen?) -> Int32 {
        var server = process
        for _ in 0..<most {
            guard let one = seen(server), let child = isWrapper(one) ? one.children.last : worker(of: one, seen) else { break }
            server = child
        }
        return server
    }

    /// Programs that start another and wait for it. Those that become what they start (`env`, `nice`, `nohup`, `exec` of a shell) are never seen.
    private static let wrappers: Set<String> = [
        "sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "busybox", "sudo", "doas", "su", "runuser", "flock", "timeout", "strace", "tini", "dumb-init",
        "docker-init", "make", "just", "uv", "uvx", "npm", "npx", "pnpm", "pnpx", "yarn", "bunx", "pipx", "poetry", "pdm", "hatch", "pixi", "conda", "mamba",
        "micromamba",
    ]
    /// Programs that may also be the server: only with one of these words do they start another.
    private static let launching: [String: Set<String>] = ["bun": ["x"], "deno": ["task"], "dotnet": ["run", "watch"], "go": ["run"]]
    /// What starts another where an interpreter runs it: a script without its ending, or a module.
    private static let scripts: Set<String> = [
        "npm", "npm-cli", "npx", "npx-cli", "pnpm", "pnpx", "yarn", "tsx", "nodemon", "cross-env", "pipx", "pipenv", "poetry", "pdm", "hatch", "conda", "mamba",
    ]

    /// Programs that serve in workers always, and options by which others do.
    private static let supervisors: Set<String> = ["gunicorn", "hypercorn"]
    private static let supervising = ["--workers", "--reload"]

    /// The last worker of a process that only watches over workers: one that goes on as its parent began, or that Python's `multiprocessing` has begun.
    private static func worker(of process: Seen, _ seen: (Int32) -> Seen?) -> Int32? {
        let isSupervisor = process.words.contains { word in
            supervisors.contains(file(word)) || supervising.contains { word == $0 || word.hasPrefix("\($0)=") }
        }
        guard isSupervisor else { return nil }
        return process.children.last { child in
            guard let words = seen(child)?.words else { return false }
            return words == process.words || words.contains { $0.contains("multiprocessing.spawn") }
        }
    }

    /// Whether a process does nothing but start another.
    private static func isWrapper(_ process: Seen) -> Bool {
        let (program, words) = (Self.program(process), process.words.dropFirst())
        if wrappers.contains(program) { return true }
        if let subcommands = launching[program] { return words.first.map { subcommands.contains($0) } ?? false }
        guard program == "node" || program == "nodejs" || program.hasPrefix("python") || program.hasPrefix("pypy") else { return false }
        // Of Yarn from version 2 on, the script has its version in its name.
        let script = Self.script(words)
        return scripts.contains(script) || script.hasPrefix("yarn-")
    }

    /// The program by its command line, without folder; by the kernel's name where there is none.
    private static func program(_ process: Seen) -> String {
        guard let first = process.words.first else { return String(process.name.prefix { $0 != " " }) }
        // A title, in which a slash is none of a path.
        if process.words.count == 1, !first.hasPrefix("/"), first.contains(" ") { return String(first.prefix { $0 != " " }) }
        // The name of a login shell begins with a dash.
        return String(file(first).drop { $0 == "-" })
    }

    /// The script or module that an interpreter runs, without folder and ending; empty where there is none.
    private static func script(_ words: ArraySlice<String>) -> String {
        guard let place = words.firstIndex(where: { $0 == "-m" || $0 == "-c" || !$0.hasPrefix("-") }) else { return "" }
        switch words[place] {
        case "-c": return ""
        case "-m": return words[(place + 1)...].first ?? ""
        default: return String(file(words[place]).prefix { $0 != "." })
        }
    }

    private static func file(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }
}
