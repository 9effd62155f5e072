/// A time of RFC 3339 in UTC, to the second: `2027-01-31T00:00:00Z`.
enum UTCTime {
    /// Milliseconds since the Unix epoch; `nil` if the text is no such time.
    static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes[19] == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T") else { return nil }
        guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(Int?.some(0)) { sum, digit in (0x30...0x39).contains(digit) ? sum.map { $0 * 10 + Int(digit - 0x30) } : nil }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16),
            let second = number(17..<19), year >= 1970, (1...12).contains(month), (1...days(month, year)).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        var total = 0
        for earlier in 1970..<year { total += isLeap(earlier) ? 366 : 365 }
        for earlier in 1..<month { total += days(earlier, year) }
        return Int64(((total + day - 1) * 24 + hour) * 3_600 + minute * 60 + second) * 1_000
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
