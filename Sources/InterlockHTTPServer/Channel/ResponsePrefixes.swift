/// The first bytes of responses, and the `Date` in them: they change once a second. One per event loop.
struct ResponsePrefixes {
    private var second = Int64.min
    /// The present second as `Date` has it.
    private(set) var dateText = ""
    /// `date: …` with its line end.
    private(set) var date: [UInt8] = []
    /// Everything of a plain 200 up to the length of its JSON body.
    private(set) var json: [UInt8] = []

    /// Brings the bytes up to `wallTime`, in milliseconds since the Unix epoch.
    mutating func update(wallTime: Int64) {
        let now = wallTime / 1_000
        guard now != second else { return }
        second = now
        dateText = HTTPDate.text(unixSeconds: now)
        date = Array("date: \(dateText)\r\n".utf8)
        json = Array("HTTP/1.1 200 OK\r\n".utf8) + date + Array("content-type: application/json\r\ncontent-length: ".utf8)
    }
}
