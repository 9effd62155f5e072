import InterlockJSON

/// What the record service knows of a record: the same for the same id, always.
struct Record: Codable, Sendable, Hashable {
    var id: String
    var category: String
    /// From 0 to 99.
    var score: Int

    init(id: String) {
        // FNV-1a, so that the answer depends on nothing but the id.
        let hash = id.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        let categories = ["signal", "switch", "track", "siding", "junction"]
        self.id = id
        category = categories[Int(hash % UInt64(categories.count))]
        score = Int((hash >> 32) % 100)
    }
}

/// An answer of the record service.
enum RecordResponse: Sendable, Hashable {
    case record(Record)
    case tooManyRequests(Duration)
    case notFound
}
