/// What an event store has yet to write, in order, under a bound of bytes. What comes when it is full is refused, and counted: it leaves a hole in
/// its stream, which whoever reads it is told of.
package struct EventQueue: Sendable {
    package enum Change: Sendable {
        case append(StoredEvent, StreamWriter?)
        case remove(session: String)
    }

    private let maximumBytes: Int
    private var changes: [Change] = []
    private var head = 0
    package private(set) var bytes = 0
    package private(set) var refused = 0
    /// Whether somebody writes, or is about to.
    package private(set) var isWriting = false
    package private(set) var isClosed = false

    package init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    package var isEmpty: Bool { head == changes.count }

    package enum Addition: Equatable {
        case queued, startWriting, refused
    }

    package mutating func add(_ change: Change) -> Addition {
        let size = Self.size(change)
        guard !isClosed, isEmpty || bytes + size <= maximumBytes else {
            refused += 1
            return .refused
        }
        changes.append(change)
        bytes += size
        guard !isWriting else { return .queued }
        isWriting = true
        return .startWriting
    }

    /// The next changes to write, which stay until they are done with; nothing when there are none, and writing has ended.
    ///
    /// A removal comes alone, so that nothing of before is written after it.
    package mutating func batch(_ count: Int) -> [Change] {
        guard !isEmpty else {
            isWriting = false
            return []
        }
        if case .remove = changes[head] { return [changes[head]] }
        let end = changes[head...].prefix(count).firstIndex { if case .remove = $0 { true } else { false } } ?? min(changes.count, head + count)
        return Array(changes[head..<end])
    }

    /// So many of the first have been written, or were refused for good.
    package mutating func drop(_ count: Int) {
        guard !isClosed else { return }
        for change in changes[head..<(head + count)] { bytes -= Self.size(change) }
        head += count
        if isEmpty {
            changes = []
            head = 0
        } else if head >= 1_024, head * 2 >= changes.count {
            changes.removeFirst(head)
            head = 0
        }
    }

    /// Takes nothing more; returns how many changes are lost by it.
    package mutating func close() -> Int {
        isClosed = true
        defer {
            changes = []
            head = 0
            bytes = 0
        }
        return changes.count - head
    }

    private static func size(_ change: Change) -> Int {
        switch change {
        case .append(let event, let writer): event.data.count + event.session.utf8.count + (writer?.owner.note.count ?? 0) + 96
        case .remove(let session): session.utf8.count + 96
        }
    }
}

/// Who appends an event, and what is to be done when the stream is no longer theirs.
package struct StreamWriter: Sendable {
    package let owner: StreamOwner
    package let refused: @Sendable () -> Void

    package init(_ owner: StreamOwner, refused: @escaping @Sendable () -> Void) {
        self.owner = owner
        self.refused = refused
    }
}
