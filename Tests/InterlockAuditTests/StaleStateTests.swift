import InterlockAudit
import Testing

@Suite("State read before a suspension and written after it")
struct StaleStateTests {
    @Test("a check, a suspension and the act in an actor")
    func checkThenAct() {
        expectFound(
            .staleState,
            in: """
                actor Hall {
                    private var seats: Set<String> = []

                    func book(_ name: String) async throws {
                        guard seats.count < 10 else { throw Full() }
                        try await pay(name)
                        seats.insert(name) //!
                    }

                    func leave(_ name: String) { seats.remove(name) }
                }
                """)
    }

    @Test("an old value carried over a suspension in a local name")
    func localCopy() {
        expectFound(
            .staleState,
            in: """
                actor Counter {
                    var count = 0

                    func increment() async {
                        let old = self.count
                        await Task.yield()
                        self.count = old + 1 //!
                    }

                    func twice() async {
                        var value = count
                        value += 1
                        await save(value)
                        count = value //!
                    }

                    func inOne() async {
                        count = count + (await step()) //!
                        count = await next(after: count) //!
                    }
                }
                """)
    }

    @Test("a double spend over two keys")
    func doubleSpend() {
        expectFound(
            .staleState,
            in: """
                actor Bank {
                    private var balances: [String: Int] = ["a": 100, "b": 0]

                    func transfer(from: String, to: String, amount: Int) async throws {
                        guard let balance = balances[from], balance >= amount else { throw Overdrawn() }
                        try await audit(from, to)
                        balances[from] = balance - amount //!
                        balances[to, default: 0] += amount
                    }

                    func spend(_ amount: Int, of name: String) async {
                        if balances[name, default: 0] >= amount {
                            await audit(name)
                            balances[name]! -= amount //!
                        }
                    }

                    func close(_ name: String) { balances[name] = nil }
                }
                """)
    }

    @Test("a condition behind a computed property, a method, a local answer or a switch")
    func indirect() {
        expectFound(
            .staleState,
            in: """
                actor Service {
                    private var waiting: [Int] = []
                    private var state = State.idle
                    private var isFull: Bool { waiting.count >= 10 }

                    func hasRoom() -> Bool { waiting.count < 10 }

                    func add(_ id: Int) async {
                        if isFull { return }
                        await log(id)
                        waiting.append(id) //!
                    }

                    func addToo(_ id: Int) async {
                        guard hasRoom() else { return }
                        await log(id)
                        waiting.append(id) //!
                    }

                    func addOnAnswer(_ id: Int) async {
                        let isOpen = waiting.count < 10
                        await log(id)
                        if isOpen { waiting.append(id) } //!
                    }

                    func begin() async {
                        switch state {
                        case .idle:
                            await prepare()
                            state = .running //!
                        case .running: return
                        }
                    }

                    func drop() { waiting.removeAll() }
                }
                """)
    }

    @Test("a value under a lock, read in one turn and written in another")
    func twoTurnsOfALock() {
        expectFound(
            .staleState,
            in: """
                final class Meter: Sendable {
                    private let state = Mutex(0)

                    func add() async {
                        let old = state.withLock { $0 }
                        await Task.yield()
                        state.withLock { $0 = old + 1 } //!
                    }

                    func limited() async {
                        guard state.withLock({ $0 < 10 }) else { return }
                        await work()
                        state.withLock { value in
                            value += 1 //!
                        }
                    }
                }
                """)
    }

    @Test("static and global variables, and classes of a global actor")
    func globals() {
        expectFound(
            .staleState,
            in: """
                @MainActor var total = 0

                @MainActor func add() async {
                    let old = total
                    await Task.yield()
                    total = old + 1 //!
                }

                @MainActor final class Page {
                    static var views = 0
                    var isLoading = false

                    func view() async {
                        let old = Page.views
                        await Task.yield()
                        Page.views = old + 1 //!
                    }

                    func load() async {
                        if !isLoading {
                            await fetch()
                            isLoading = true //!
                        }
                    }
                }
                """)
    }

    @Test("an awaited reading of another object and an awaited writing of what was made of it")
    func twoCalls() {
        expectFound(
            .staleState,
            in: """
                func increment(_ store: Store, _ key: String) async throws {
                    let value = await store.get(key)
                    await store.set(key, value + 1) //!
                }

                func spend(_ account: Account, _ amount: Int) async throws {
                    guard await account.balance >= amount else { throw Overdrawn() }
                    await account.withdraw(amount) //!
                }

                let tool = Tool("increment") { (input: Input, context) in
                    let value = await counter.value
                    await counter.set(value + 1) //!
                    return value
                }
                """)
    }

    @Test("an extension in another file writes what its actor keeps")
    func otherFile() {
        let report = SourceAudit().audit([
            .init(path: "Store.swift", text: "actor Store { var version = 0 }"),
            .init(
                path: "Store+Save.swift",
                text: """
                    extension Store {
                        func save() async {
                            let old = version
                            await flush()
                            version = old + 1
                        }
                    }
                    """),
        ])
        #expect(report.findings.map { [$0.file, "\($0.line)", $0.rule.rawValue] } == [["Store+Save.swift", "5", "stale-state"]])
    }

    @Test("right: claimed before the suspension, read again after it, or nothing carried over")
    func right() {
        expectClear(
            """
            actor Right {
                private var seats: Set<String> = []
                private var isRunning = false
                private var active = 0
                private var next = 0
                private var version = 0

                func claimFirst(_ name: String) async throws {
                    guard seats.count < 10 else { throw Full() }
                    seats.insert(name)
                    do { try await pay(name) } catch {
                        seats.remove(name)
                        throw error
                    }
                }

                func run() async {
                    guard !isRunning else { return }
                    isRunning = true
                    defer { isRunning = false }
                    await work()
                }

                func runPlainly() async {
                    guard !isRunning else { return }
                    isRunning = true
                    await work()
                    isRunning = false
                }

                func count() async {
                    active += 1
                    await work()
                    active -= 1
                }

                func number() async -> Int {
                    let id = next
                    next += 1
                    await log(id)
                    return id
                }

                func readAgain(_ name: String) async {
                    guard seats.count < 10 else { return }
                    await work()
                    guard seats.count < 10 else { return }
                    seats.insert(name)
                }

                func compareAndSet() async {
                    let old = version
                    let new = await compute(old)
                    if version == old { version = new }
                }

                func add() async {
                    version += await step()
                    let more = await step()
                    version = version + more
                }

                func drain() async {
                    while let name = seats.popFirst() { await work(name) }
                    while !seats.isEmpty { await work() }
                    seats.insert("last")
                }

                func noSuspension(_ name: String) {
                    if seats.count < 10 { seats.insert(name) }
                }

                func leavesEarly(_ name: String) async {
                    if seats.contains(name) {
                        await work()
                        return
                    }
                    seats.insert(name)
                }
            }
            """)
    }

    @Test("right: the pair of calls is under a lock, or the tool is exclusive")
    func rightUnderLock() {
        expectClear(
            """
            final class Meter: Sendable {
                private let state = Mutex(0)
                private let lock = AsyncMutex()

                func add(_ more: Int) async {
                    await Task.yield()
                    state.withLock { value in
                        guard value < 10 else { return }
                        value += more
                    }
                }
            }

            actor Guarded {
                private let lock = AsyncMutex()
                private var count = 0

                func increment() async {
                    await lock.withLock {
                        let old = count
                        await Task.yield()
                        count = old + 1
                    }
                }
            }

            let tool = Tool("increment") { (input: Input, context) in
                let value = await counter.value
                await counter.set(value + 1)
                return value
            }
            .exclusive(by: { [$0.key] })

            func copy(_ files: Files, _ a: String, _ b: String) async {
                let text = await files.read(a)
                await files.write(b, text)
            }
            """)
    }

    @Test("right: local names that are called like state, and values of structs")
    func rightShadows() {
        expectClear(
            """
            actor Shadow {
                private var count = 0

                func work(count: Int) async {
                    var total = count
                    await step()
                    total = count + 1
                    print(total)
                }

                func local() async {
                    var count = 1
                    if count > 0 {
                        await step()
                        count = 2
                    }
                }
            }

            struct Machine {
                var count = 0

                mutating func advance() async {
                    let old = count
                    await step()
                    count = old + 1
                }
            }
            """)
    }
}
