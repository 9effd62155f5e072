import InterlockAudit
import Testing

@Suite("Asking whether something is there, and then making it")
struct CheckThenCreateTests {
    @Test("an entry of a dictionary that is made across a suspension")
    func dictionary() {
        expectFound(
            .checkThenCreate,
            in: """
                actor Cache {
                    private var entries: [String: Data] = [:]

                    func value(_ key: String) async throws -> Data {
                        if entries[key] == nil {
                            entries[key] = try await fetch(key) //!
                        }
                        return entries[key]!
                    }

                    func early(_ key: String) async throws -> Data {
                        if let hit = entries[key] { return hit }
                        let made = try await fetch(key)
                        entries[key] = made //!
                        return made
                    }

                    func defaulted(_ key: String) async throws -> Data {
                        let value = entries[key] ?? (try await fetch(key))
                        entries[key] = value //!
                        return value
                    }

                    func clear() { entries.removeAll() }
                }
                """)
    }

    @Test("one thing that is made once")
    func single() {
        expectFound(
            .checkThenCreate,
            in: """
                actor Database {
                    private var connection: Connection?

                    func open() async throws -> Connection {
                        if let connection { return connection }
                        let made = try await connect()
                        connection = made //!
                        return made
                    }
                }
                """)
    }

    @Test("a file, in all the ways to ask and to create")
    func files() {
        expectFound(
            .checkThenCreate,
            in: """
                func save(_ path: String, _ data: Data) throws {
                    if !FileManager.default.fileExists(atPath: path) {
                        FileManager.default.createFile(atPath: path, contents: data) //!
                    }
                }

                func guarded(_ path: String, _ data: Data) throws {
                    guard !FileManager.default.fileExists(atPath: path) else { throw Exists() }
                    try data.write(to: URL(fileURLWithPath: path)) //!
                }

                func answered(_ path: String, _ data: Data) throws {
                    let exists = FileManager.default.fileExists(atPath: path)
                    if exists { throw Exists() }
                    try data.write(to: URL(fileURLWithPath: path), options: .atomic) //!
                }

                func otherwise(_ path: String) {
                    if FileManager.default.fileExists(atPath: path) == false {
                        let file = open(path, O_CREAT | O_WRONLY, 0o644) //!
                        close(file)
                    }
                }
                """)
    }

    @Test("two awaited calls of another object")
    func twoCalls() {
        expectFound(
            .checkThenCreate,
            in: """
                let tool = Tool("create_file") { (input: Input, context) in
                    if await files.exists(input.name) == false {
                        await files.create(input.name) //!
                    }
                    return "done"
                }
                """)
    }

    @Test("right: files that are created exclusively, and files that must exist")
    func rightFiles() {
        expectClear(
            """
            func save(_ path: String, _ data: Data) throws {
                try data.write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
            }

            func exclusive(_ path: String) {
                if !FileManager.default.fileExists(atPath: path) {
                    _ = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o644)
                }
            }

            func mustExist(_ path: String, _ data: Data) throws {
                guard FileManager.default.fileExists(atPath: path) else { throw Missing() }
                try data.write(to: URL(fileURLWithPath: path))
            }

            func folder(_ path: String) throws {
                if !FileManager.default.fileExists(atPath: path) {
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                }
            }
            """)
    }

    @Test("right: the task is stored before the suspension, or the entry is made without one")
    func rightDictionary() {
        expectClear(
            """
            actor Cache {
                private var tasks: [String: Task<Data, Never>] = [:]
                private var counts: [String: Int] = [:]

                func value(_ key: String) async -> Data {
                    if let task = tasks[key] { return await task.value }
                    let task = Task { await fetch(key) }
                    tasks[key] = task
                    let value = await task.value
                    tasks[key] = nil
                    return value
                }

                func count(_ key: String) async {
                    if counts[key] == nil { counts[key] = 0 }
                    await log(key)
                    counts.removeValue(forKey: key)
                }

                func touch(_ key: String) async {
                    guard counts[key] != nil else { return }
                    await log(key)
                    counts[key]? += 1
                }
            }
            """)
    }
}
