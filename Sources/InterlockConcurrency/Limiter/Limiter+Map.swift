extension Limiter {
    /// Transforms all elements, each under a permit, and returns the results in the order of the elements.
    ///
    /// At most as many calls are under way at a time as there are permits now; other users of the limiter get their turns in
    /// between. That is their bound: they wait also when the queue is full, and join it anew when its policy makes them
    /// leave, so two maps at a time share the permits and neither is refused for the other. The first failure cancels what is under way and is thrown
    /// when that has ended. Raising the limit while it runs takes effect with the next element.
    ///
    /// - Parameters:
    ///   - elements: What to transform; taken from the sequence as permits come free.
    ///   - deadline: Until when each element may wait for its permit.
    /// - Throws: ``AcquireError`` when an element got no permit, and what `transform` throws.
    public func map<Elements: Sequence, R: Sendable>(
        _ elements: Elements, deadline: MonotonicTime? = nil,
        _ transform: @escaping @Sendable (Elements.Element) async throws -> R
    ) async throws -> [R] where Elements.Element: Sendable {
        try await withThrowingTaskGroup(of: (Int, R).self) { group in
            var results: [R?] = []
            var iterator = elements.makeIterator()
            var underWay = 0
            func addNext() -> Bool {
                guard let element = iterator.next() else { return false }
                let index = results.count
                results.append(nil)
                underWay += 1
                group.addTask { [self] in (index, try await withPermitOfMap(deadline: deadline) { try await transform(element) }) }
                return true
            }
            var isMore = true
            while true {
                while isMore, underWay < max(1, snapshot.limit) { isMore = addNext() }
                guard let (index, result) = try await group.next() else { break }
                underWay -= 1
                results[index] = result
            }
            return results.map { $0! }  // every task that was added has delivered its result
        }
    }

    /// ``withPermit(weight:deadline:_:)`` for a caller that is bounded by its map.
    private nonisolated(nonsending) func withPermitOfMap<R>(
        deadline: MonotonicTime?, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        var isIn = tryAcquire(1)
        while !isIn {
            do throws(AcquireError) {
                try await acquire(1, deadline: deadline, mayExceedDepth: true)
                isIn = true
            } catch {
                // Only an ordinary newcomer makes it leave, once each, so this comes to an end.
                guard error.code == .queueFull else { throw error }
            }
        }
        let start = measuresRuns ? now : nil
        defer { release(1, since: start) }
        return try await body()
    }
}
