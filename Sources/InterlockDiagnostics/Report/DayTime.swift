/// A moment as day and time in UTC, to the minute.
struct DayTime: Sendable, Hashable {
    private let minutes: Int64

    /// Takes milliseconds since the Unix epoch.
    init(milliseconds: Int64) { minutes = milliseconds.quotient(by: 60_000) }

    /// As in `2026-11-21 14:30`.
    var text: String {
        let (days, minute) = (minutes.quotient(by: 1_440), minutes - minutes.quotient(by: 1_440) * 1_440)
        // Years that begin in March put the leap day at their end; 146,097 days make 400 of them.
        let shifted = days + 719_468
        let era = shifted.quotient(by: 146_097), day = shifted - era * 146_097
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let (dayOfMonth, calendarMonth) = (dayOfYear - (153 * month + 2) / 5 + 1, month < 10 ? month + 3 : month - 9)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(era * 400 + year + (calendarMonth <= 2 ? 1 : 0))-\(two(calendarMonth))-\(two(dayOfMonth)) \(two(minute / 60)):\(two(minute % 60))"
    }
}

extension Int64 {
    /// Division that rounds down, for moments before the epoch too.
    fileprivate func quotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
