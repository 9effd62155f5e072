import Foundation
import GRDB
import InterlockStorage

/// The streams and events of a file, as one transaction sees them. Times are milliseconds since the Unix epoch.
struct StreamTable {
    let db: Database
    let bounds: SQLiteEventStore.Bounds
    let path: String
    let now: Int64

    enum Outcome { case kept, fenced, known }

    /// Keeps one event, unless its stream has an owner with a higher fence, or has it already.
    func append(_ event: StoredEvent, _ owner: StreamOwner?) throws -> Outcome {
        let fence = Int64(clamping: owner?.fence ?? 0)
        let row = try row(event.session, event.stream)
        if let row, row["fence"] as Int64 > fence { return .fenced }
        if let row, row["last"] as Int64 >= Int64(event.sequence) { return .known }
        let id: Int64
        if let row {
            id = row["id"]
            try db.cachedStatement(sql: "UPDATE stream SET instance = ?, fence = ?, note = ?, last = ?, hasEnded = ?, expiresAt = ? WHERE id = ?")
                .execute(arguments: [owner?.instance, fence, note(owner), event.sequence, event.isLast, expiry, id])
        } else {
            try db.cachedStatement(
                sql: """
                    INSERT INTO stream (session, number, instance, fence, note, last, hasEnded, events, bytes, expiresAt)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?)
                    """
            ).execute(arguments: [event.session.blob, event.stream, owner?.instance, fence, note(owner), event.sequence, event.isLast, expiry])
            id = db.lastInsertedRowID
        }
        try db.cachedStatement(sql: "INSERT INTO event (stream, sequence, data, isLast) VALUES (?, ?, ?, ?)")
            .execute(arguments: [id, event.sequence, Data(event.data), event.isLast])
        try trim(id)
        return .kept
    }

    /// Makes room: in the stream that has grown, among those whose time is over, and in the whole file, the oldest first.
    func trim(_ id: Int64) throws {
        while let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT events, bytes FROM stream WHERE id = ?"), arguments: [id]),
            row["events"] as Int > bounds.eventsOfStream || row["bytes"] as Int > bounds.bytesOfStream
        {
            try db.cachedStatement(sql: "DELETE FROM event WHERE position = (SELECT min(position) FROM event WHERE stream = ?)").execute(arguments: [id])
        }
        try db.removeExpired(from: "stream", now: now)
        while try db.counter("event.bytes", path: path) > bounds.bytes {
            try db.execute(sql: "DELETE FROM event WHERE position = (SELECT min(position) FROM event)")
        }
        let excess = try db.counter("stream.entries", path: path) - Int64(bounds.streams)
        if excess > 0 {
            try db.cachedStatement(sql: "DELETE FROM stream WHERE id IN (SELECT id FROM stream ORDER BY expiresAt LIMIT ?)").execute(arguments: [excess])
        }
    }

    func remove(session: String) throws {
        try db.cachedStatement(sql: "DELETE FROM stream WHERE session = ?").execute(arguments: [session.blob])
    }

    /// `nil` if events are missing, or the stream is not known.
    func events(_ session: String, _ number: UInt32, after sequence: UInt32) throws -> [StoredEvent]? {
        guard let row = try row(session, number) else { return nil }
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT sequence, data, isLast FROM event WHERE stream = ? AND sequence > ? ORDER BY sequence"),
            arguments: [row["id"] as Int64, sequence])
        var events: [StoredEvent] = []
        for row in rows {
            let found: UInt32 = row["sequence"]
            guard UInt64(found) == UInt64(events.last?.sequence ?? sequence) + 1 else { return nil }
            let data: Data = row["data"]
            events.append(StoredEvent(session: session, stream: number, sequence: found, data: Array(data), isLast: row["isLast"]))
        }
        if events.isEmpty, row["last"] as Int64 > Int64(sequence) { return nil }
        return events
    }

    func standing(_ session: String, _ number: UInt32) throws -> StreamStanding? {
        guard let row = try row(session, number) else { return nil }
        return StreamStanding(owner: owner(row), lastSequence: row["last"], hasEnded: row["hasEnded"])
    }

    func takeOver(
        _ session: String, _ number: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) throws -> Bool {
        guard let standing = try standing(session, number), standing.owner?.fence == owner.fence, successor.fence > owner.fence, !standing.hasEnded else {
            return false
        }
        let last = max(standing.lastSequence, sequence)
        guard last < .max else { return false }
        return try append(StoredEvent(session: session, stream: number, sequence: last + 1, data: data, isLast: true), successor) == .kept
    }

    /// Every event of the file that is not over, in the order in which they came.
    func all() throws -> [StoredEvent] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT session, number, sequence, data, event.isLast FROM event JOIN stream ON stream.id = event.stream
                WHERE expiresAt > ? ORDER BY position
                """,
            arguments: [now]
        ).map { row in
            let (session, data): (Data, Data) = (row["session"], row["data"])
            return StoredEvent(
                session: String(decoding: session, as: UTF8.self), stream: row["number"], sequence: row["sequence"], data: Array(data), isLast: row["isLast"])
        }
    }

    private var expiry: Int64 { bounds.keptFor.deadline(from: now) }

    private func note(_ owner: StreamOwner?) -> Data? {
        owner.flatMap { $0.note.count <= StreamOwner.maximumNote ? Data($0.note) : nil }
    }

    private func row(_ session: String, _ number: UInt32) throws -> Row? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT id, instance, fence, note, last, hasEnded FROM stream WHERE session = ? AND number = ? AND expiresAt > ?"),
            arguments: [session.blob, number, now])
    }

    private func owner(_ row: Row) -> StreamOwner? {
        guard let instance: String = row["instance"] else { return nil }
        let (fence, note): (Int64, Data?) = (row["fence"], row["note"])
        return StreamOwner(instance: instance, fence: UInt64(fence), note: Array(note ?? Data()))
    }
}
