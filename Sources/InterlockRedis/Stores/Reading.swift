internal import InterlockConcurrency
internal import InterlockStorage

extension StoreError {
    /// A script of ours answered with something else than it writes.
    static func unexpected(_ reply: RESPValue, from what: String) -> StoreError {
        StoreError(.corrupt, "Redis answered \(what) with a value of another kind; does something else write under this prefix?")
    }
}

extension RESPValue {
    func integer(from what: String) throws(StoreError) -> Int64 {
        guard let int else { throw .unexpected(self, from: what) }
        return int
    }

    /// An unsigned number that was kept as its digits, since scripts count in doubles.
    func digits(from what: String) throws(StoreError) -> UInt64 {
        guard let number = string.flatMap({ UInt64($0) }) else { throw .unexpected(self, from: what) }
        return number
    }

    func elements(_ count: Int, from what: String) throws(StoreError) -> [RESPValue] {
        guard let elements, elements.count == count else { throw .unexpected(self, from: what) }
        return elements
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, 1 or more and less than 285,000 years, as Redis takes them.
    var redisMilliseconds: Int64 {
        min(9_000_000_000_000_000, max(1, wholeNanoseconds / 1_000_000 + (wholeNanoseconds % 1_000_000 > 0 ? 1 : 0)))
    }
}

extension RedisArgument {
    static func milliseconds(_ duration: Duration) -> RedisArgument { .integer(duration.redisMilliseconds) }
}
