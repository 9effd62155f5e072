import Foundation
import Testing

@testable import InterlockDiagnostics

@Suite("The server among processes", .timeLimit(.minutes(5)))
struct ServerProcessTests {
    /// A command line, with what the kernel calls it where that matters.
    private static func seen(_ words: [String], _ children: [Int32] = [], name: String = "") -> ServerProcess.Seen {
        .init(name: name, words: words, children: children)
    }

    private static let python = ["/usr/bin/python3", "server.py"]
    private static let node = ["node", "/srv/index.js"]

    @Test("is the one that was named or that listens, whatever it has started", arguments: [
        python, node, ["/opt/app/server"], ["/srv/.venv/bin/python", "-m", "server"], ["python3", "time.py"], ["python3", "make.py"], ["node", "sh.js"],
        ["python3", "-c", "npm"], ["node", "--enable-source-maps", "index.mjs", "npm"], ["bun", "server.ts", "x"], ["deno", "run", "server.ts"],
        ["dotnet", "App.dll"], ["nginx: master process /usr/sbin/nginx"], ["my npm"], [],
    ])
    func itself(words: [String]) {
        let git = Self.seen(["git", "log"])
        let all = [7: Self.seen(words, [8, 9], name: "server"), 8: Self.seen(Self.python), 9: git] as [Int32: ServerProcess.Seen]
        #expect(ServerProcess.find(from: 7) { all[$0] } == 7)
    }

    @Test("is below what only starts another, as it is found in /proc", arguments: [
        ["sh", "-c", "python3 server.py; true"], ["/bin/bash", "./start.sh"], ["-bash"], ["/usr/bin/dash", "run"], ["busybox", "sh", "run"],
        ["timeout", "60", "python3", "server.py"], ["sudo", "-u", "mcp", "python3", "server.py"], ["tini", "--", "python3", "server.py"], ["make", "run"],
        ["/root/.local/bin/uv", "tool", "uvx", "mcp-server-time"], ["uv", "run", "server.py"],
        ["npm exec @modelcontextprotocol/server-everything"], ["npm run start"], ["pnpm"],
        ["node", "/usr/bin/npx", "-y", "server"], ["/usr/bin/node", "/usr/lib/node_modules/npm/bin/npx-cli.js", "server"],
        ["node", "--no-warnings", "/usr/share/yarn/bin/yarn.js", "start"], ["node", ".yarn/releases/yarn-4.1.0.cjs", "start"],
        ["node", "/srv/node_modules/.bin/tsx", "server.ts"], ["/usr/bin/python3", "/usr/bin/pipx", "run", "server"],
        ["python3.12", "-m", "pipx", "run", "server"], ["/opt/poetry/bin/python", "/usr/bin/poetry", "run", "server"],
        ["bunx", "server"], ["bun", "x", "server"], ["deno", "task", "start"], ["dotnet", "run"], ["go", "run", "."],
    ])
    func wrapped(words: [String]) {
        let all = [7: Self.seen(words, [8]), 8: Self.seen(Self.python, [9]), 9: Self.seen(["git", "log"])] as [Int32: ServerProcess.Seen]
        #expect(ServerProcess.find(from: 7) { all[$0] } == 8)
    }

    private static let spawned = ["/usr/bin/python3", "-c", "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5)", "--multiprocessing-fork"]
    private static let tracker = ["/usr/bin/python3", "-c", "from multiprocessing.resource_tracker import main;main(4)"]

    @Test("is the last worker of what only watches over workers, and no other child of it", arguments: [
        (["/usr/bin/python3", "/usr/bin/uvicorn", "app:app", "--workers", "4"], spawned, true),
        (["/usr/bin/python3", "-m", "uvicorn", "app:app", "--reload"], spawned, true), (["python3", "server.py", "--workers=2"], spawned, true),
        (["/usr/bin/python3", "/usr/bin/gunicorn", "app:app"], ["/usr/bin/python3", "/usr/bin/gunicorn", "app:app"], true),
        (["/usr/bin/python3", "/usr/bin/gunicorn", "app:app"], ["git", "log"], false),
        // A pool of workers beside a server that serves by itself.
        (["/usr/bin/python3", "/usr/bin/uvicorn", "app:app"], spawned, false), (python, python, false),
    ])
    func supervised(words: [String], child: [String], isWorker: Bool) {
        let all = [7: Self.seen(words, [8, 9, 10]), 8: Self.seen(Self.tracker), 9: Self.seen(child), 10: Self.seen(Self.tracker)] as [Int32: ServerProcess.Seen]
        #expect(ServerProcess.find(from: 7) { all[$0] } == (isWorker ? 9 : 7))
    }

    @Test("is below several of them, the last child of each; the kernel's name tells one whose command line cannot be read")
    func nested() {
        let all = [
            1: Self.seen([], [2], name: "sudo"), 2: Self.seen(["npm exec server"], [3], name: "npm exec server"), 3: Self.seen(["sh", "-c", "server"], [4, 5]),
            4: Self.seen(["sleep", "60"]), 5: Self.seen(Self.node, [6, 7]), 6: Self.seen(["chrome"]), 7: Self.seen(["git"]),
        ] as [Int32: ServerProcess.Seen]
        #expect(ServerProcess.find(from: 1) { all[$0] } == 5)
        #expect(ServerProcess.find(from: 5) { all[$0] } == 5)
    }

    @Test("is a wrapper that has started nothing, or that has ended; wrappers in a circle end the search")
    func odd() {
        #expect(ServerProcess.find(from: 3) { _ in Self.seen(["sh"]) } == 3)
        #expect(ServerProcess.find(from: 3) { _ in nil } == 3)
        let circle = [1: Self.seen(["sh"], [2]), 2: Self.seen(["sh"], [1])] as [Int32: ServerProcess.Seen]
        #expect([1, 2].contains(ServerProcess.find(from: 1) { circle[$0] }))
    }

    #if os(Linux)
    @Test("is this very process, though it has a child, and below a shell that waits for another")
    func real() throws {
        let shell = Process()
        let (input, output) = (Pipe(), Pipe())
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // What follows keeps the shell from becoming `cat`.
        shell.arguments = ["-c", "cat; true"]
        (shell.standardInput, shell.standardOutput) = (input, output)
        try shell.run()
        defer {
            try? input.fileHandleForWriting.close() // the end of `cat`, and of the shell with it
            shell.waitUntilExit()
        }
        try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
        #expect(try output.fileHandleForReading.read(upToCount: 3) == Data("go\n".utf8))
        let below = ProcFileSystem.server(of: shell.processIdentifier)
        // Advice names the one that is to be looked at.
        #expect(ProcFileSystem(process: shell.processIdentifier)?.serverIdentifier == below)
        #expect(below != shell.processIdentifier && ProcFileSystem.name(of: below) == "cat")
        #expect(ProcFileSystem.server(of: ProcessInfoOfTests.identifier) == ProcessInfoOfTests.identifier)
        #expect(ProcFileSystem.tree(of: ProcessInfoOfTests.identifier).contains(below))
    }
    #endif
}
