public import InterlockServer
public import Races

/// The six hazards as MCP servers: each with the tool that has the hazard, and one that tells what has come of it.
public enum RaceServer {
    /// `book` sells the one seat there is; `charged` tells what was charged for it.
    public static func booking<Desk: BookingDesk>(_: Desk.Type) throws -> Server {
        let payments = Payments()
        let desk = Desk(seats: 1, payments: payments)
        return try Server(name: "booking", version: "1") {
            Tool("book") { (_: HandlerContext) in
                guard await desk.book() else { throw ToolError("sold out") }
                return "booked"
            }
            Tool("charged") { (_: HandlerContext) in "\(await payments.charged)" }
        }
    }

    /// `visit` counts a visit; `visits` tells how many were counted.
    public static func visits<Counter: VisitCounter>(_: Counter.Type) throws -> Server {
        let store = ValueStore()
        let counter = Counter(store: store)
        return try Server(name: "visits", version: "1") {
            Tool("visit") { (_: HandlerContext) in
                try await counter.visit()
                return "counted"
            }
            Tool("visits") { (_: HandlerContext) in "\(await store.value(for: "visits"))" }
        }
    }

    /// `create` creates the document; `read` tells what is in it.
    public static func documents<Registry: DocumentRegistry>(_: Registry.Type) throws -> Server {
        let disk = Disk()
        let registry = Registry(disk: disk, renderer: Renderer())
        return try Server(name: "documents", version: "1") {
            Tool("create") { (_: HandlerContext) in
                guard await registry.create("plan", text: "a plan") else { throw ToolError("it is there already") }
                return "created"
            }
            Tool("read") { (_: HandlerContext) in await disk.text(of: "plan") ?? "" }
        }
    }

    /// `pay` moves all of one account's money to another; `total` tells how much money there is.
    public static func bank<Accounts: Bank>(_: Accounts.Type) throws -> Server {
        let ledger = Ledger(["a": 100, "b": 0, "c": 0])
        let bank = Accounts(ledger: ledger)
        func pay(_ name: String, to target: String) -> Tool<NoInput> {
            Tool(name) { (_: HandlerContext) in
                guard try await bank.transfer(100, from: "a", to: target) else { throw ToolError("not enough") }
                return "paid"
            }
        }
        return try Server(name: "bank", version: "1") {
            pay("pay_b", to: "b")
            pay("pay_c", to: "c")
            Tool("total") { (_: HandlerContext) in "\(await ledger.total)" }
        }
    }

    /// `enter` goes through a turnstile that lets one in at a time.
    public static func turnstile<Door: Turnstile>(_: Door.Type) throws -> Server {
        let door = Door(permits: 1)
        return try Server(name: "turnstile", version: "1") {
            Tool("enter") { (_: HandlerContext) in
                try await door.enter { await Task.yield() }
                return "entered"
            }
        }
    }

    /// `report` asks a question on a connection.
    public static func reports<Service: ReportService>(_: Service.Type) throws -> Server {
        let service = Service()
        return try Server(name: "reports", version: "1") {
            Tool("report") { (_: HandlerContext) in try await service.report("how many") }
        }
    }
}
