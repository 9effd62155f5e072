/// Sells the seats of a hall, and never more than there are.
public protocol BookingDesk: Sendable {
    /// Makes a desk for a hall.
    init(seats: Int, payments: Payments)

    /// Books one seat. Returns whether there was one.
    func book() async -> Bool

    /// Seats sold so far.
    var taken: Int { get async }
}

/// The payment provider that a booking waits for.
public actor Payments {
    /// What was charged so far.
    public private(set) var charged = 0

    /// Makes a provider that has charged nothing.
    public init() {}

    /// Charges the price of one seat.
    public func charge() { charged += 1 }
}
