/// The wrong desk: it looks whether a seat is free, waits for the payment, and takes the seat.
///
/// An actor runs one call at a time only between two suspensions. While one call waits for the payment, another one passes
/// the same check, and the last seat is sold twice.
public actor RacyBookingDesk: BookingDesk {
    private let seats: Int
    private let payments: Payments
    public private(set) var taken = 0

    public init(seats: Int, payments: Payments) {
        self.seats = seats
        self.payments = payments
    }

    public func book() async -> Bool {
        guard taken < seats else { return false }
        await payments.charge()
        taken += 1
        return true
    }
}
