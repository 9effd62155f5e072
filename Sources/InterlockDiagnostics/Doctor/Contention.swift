import InterlockConcurrency

/// What the machine took of a stretch of time: the server or this program wanted to go on and could not. None of it is the server's fault. Pure.
///
/// Milliseconds. The parts may overlap, and threads may wait side by side: the sum is the most that can have been the machine's.
public struct Contention: Sendable, Hashable {
    /// Threads of the server waited for a processor that others had.
    public var server: Double
    /// This program did.
    public var own: Double
    /// The hypervisor gave processors of this machine to other machines.
    public var stolen: Double
    /// The share of the time in which some thread of this machine waited for a processor; `nil` where the system does not say.
    public var pressure: Double?

    public init(server: Double = 0, own: Double = 0, stolen: Double = 0, pressure: Double? = nil) {
        self.server = server
        self.own = own
        self.stolen = stolen
        self.pressure = pressure
    }

    /// What happened between two readings of the machine, in which the server's process did `use`.
    ///
    /// A server whose threads crowd each other out waits by its own doing: of its threads' waiting only that share counts which the others of its threads
    /// cannot have caused. Where its threads cannot be read, but are on this machine, the waiting of all threads here stands for theirs.
    init(_ use: ProcessUse?, _ before: MachineSample?, _ after: MachineSample?) {
        self.init()
        let wall = before.flatMap { before in after.map { max(0, ($0.time - before.time).inMilliseconds) } } ?? 0
        if wall > 0, let earlier = before?.pressureNanoseconds, let later = after?.pressureNanoseconds {
            pressure = min(1, Double(max(0, later - earlier)) / 1e6 / wall)
        }
        if let waiting = use?.runQueue {
            let others = max(0, (use?.cpuShare ?? 0) - (use?.busiest?.share ?? 0)) / Double(max(1, after?.processors ?? 1))
            server = waiting * (after == nil ? 1 : max(0, 1 - others))
        } else {
            server = (pressure ?? 0) * wall
        }
        if let earlier = before?.stolenNanoseconds, let later = after?.stolenNanoseconds { stolen = Double(max(0, later - earlier)) / 1e6 }
        // An answer goes through one thread after the other, and the threads wait side by side: the one that waited longest stands for all of them.
        let waits = (after?.ownWaits ?? [:]).map { $1 - (before?.ownWaits[$0] ?? 0) }
        own = Double(max(0, waits.max() ?? 0)) / 1e6
    }

    /// All of it, in milliseconds.
    var total: Double { server + own + stolen }

    /// What is left of a time when the machine's part is taken away.
    func rest(of time: Double) -> Double { max(0, time - total) }

    /// The reason for saying nothing, for people: what the machine took of `time`.
    func text(of time: Double) -> String {
        func part(_ value: Double, _ who: String) -> String? { value >= 1 ? "\(who) waited \(DoctorRules.whole(value)) ms" : nil }
        let parts = [part(server, "the server's threads"), part(own, "this program")].compactMap(\.self)
        var text = "of \(DoctorRules.whole(time)) ms " + (parts.isEmpty ? "nobody waited" : parts.joined(separator: " and ")) + " for a processor"
        if stolen >= 1 { text += ", \(DoctorRules.whole(stolen)) ms went to other machines" }
        if let pressure { text += "; somebody waited in \(DoctorRules.whole(pressure * 100)) % of the time" }
        return "the machine is busy (\(text))"
    }
}
