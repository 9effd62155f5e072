/// The right desk: it takes the seat in the same breath as it checks for one, and pays afterwards.
public actor GuardedBookingDesk: BookingDesk {
    private let seats: Int
    private let payments: Payments
    public private(set) var taken = 0

    public init(seats: Int, payments: Payments) {
        self.seats = seats
        self.payments = payments
    }

    public func book() async -> Bool {
        guard taken < seats else { return false }
        taken += 1
        await payments.charge()
        return true
    }
}
