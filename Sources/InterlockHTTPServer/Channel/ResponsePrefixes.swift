/// The first bytes of responses, and the `Date` in them: they change once a second. One per event loop.
struct ResponsePrefixes {
    private var second = Int64.min
    /// The present second as `Date` has it.
    private(set) var dateText = ""
    /// `date: …` with its line end.
    private(set) var date: [UInt8] = []
    /// Everything of a plain 200 up to the length of its JSON body.
    private(set) var json: [UInt8] = []
    /// For how long the connection stays open without a request, for clients that must not begin one at that very moment: RFC 9110 §7.6.1 for the field's
    /// place in `connection`, RFC 2068 §19.7.1.1 for itself. Empty where it would be less than a second.
    let keepAlive: [UInt8]

    init(idleTimeout: Duration) {
        let seconds = idleTimeout.components.seconds
        keepAlive = seconds < 1 ? [] : Array("connection: keep-alive\r\nkeep-alive: timeout=\(seconds)\r\n".utf8)
    }

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
