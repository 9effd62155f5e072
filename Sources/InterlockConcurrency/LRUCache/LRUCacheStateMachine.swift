/// The entries of a cache in order of use, their sizes and times, and which are being fetched.
///
/// A hit is one look-up in a dictionary and four writes to link the entry in front.
@usableFromInline
package struct LRUCacheStateMachine<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline package typealias Eviction = LRUCache<Key, Value>.Eviction

    @usableFromInline
    package enum Lookup: Sendable {
        case fresh(Value)
        /// Past its time, and may still be served while it is fetched anew.
        case stale(Value)
        case miss
        /// Was found to be over, and is out.
        case expired(Eviction)
    }

    @usableFromInline
    struct Node: Sendable {
        @usableFromInline var entry: (key: Key, value: Value)?
        @usableFromInline var bytes: Int
        @usableFromInline var freshUntil: Int64
        @usableFromInline var staleUntil: Int64
        @usableFromInline var previous: Int32 = -1
        @usableFromInline var next: Int32 = -1

        @inlinable
        init(key: Key, value: Value, bytes: Int, freshUntil: Int64, staleUntil: Int64) {
            entry = (key, value)
            self.bytes = bytes
            self.freshUntil = freshUntil
            self.staleUntil = staleUntil
        }
    }

    @usableFromInline var maxEntries: Int
    @usableFromInline var maxBytes: Int
    @usableFromInline var places: [Key: Int32] = [:]
    @usableFromInline var nodes: [Node] = []
    @usableFromInline var firstFree: Int32 = -1
    /// The entry used last.
    @usableFromInline var head: Int32 = -1
    /// The entry used longest ago.
    @usableFromInline var tail: Int32 = -1
    @usableFromInline package var bytes = 0
    @usableFromInline package var hits = 0
    @usableFromInline package var staleHits = 0
    @usableFromInline package var misses = 0
    @usableFromInline package var evictions: [EvictionReason: Int] = [:]
    /// Fetches whose result may still be stored, by key.
    @usableFromInline var fetches: [Key: Int] = [:]
    @usableFromInline var nextFetch = 0
    /// Keys that are fetched anew while their stale value is served.
    @usableFromInline var refreshing: Set<Key> = []
    /// Stale values are fetched anew no more.
    @usableFromInline var isClosed = false
    @usableFromInline package var fetched = 0
    @usableFromInline package var failedFetches = 0
    @usableFromInline package var fetchTimes = DurationHistogram()

    package init(maxEntries: Int, maxBytes: Int = .max) {
        self.maxEntries = maxEntries
        self.maxBytes = maxBytes
    }

    @inlinable
    package var count: Int { places.count }

    /// Slots of entries, used and free; for tests of what memory is given back.
    package var slots: Int { nodes.count }

    package var refreshes: Int { refreshing.count }

    /// Looks a key up, which makes it the one used last.
    @inlinable
    package mutating func get(_ key: Key, now: Int64) -> Lookup {
        guard let place = places[key] else {
            misses += 1
            return .miss
        }
        let index = Int(place)
        if nodes[index].freshUntil > now {
            hits += 1
            moveToFront(place)
            return .fresh(nodes[index].entry!.value)
        }
        if nodes[index].staleUntil > now {
            staleHits += 1
            moveToFront(place)
            return .stale(nodes[index].entry!.value)
        }
        misses += 1
        return .expired(remove(place, .expired))
    }

    /// The value of a key if it is fresh, without counting or changing anything.
    @inlinable
    package func peek(_ key: Key, now: Int64) -> Value? {
        guard let place = places[key], nodes[Int(place)].freshUntil > now else { return nil }
        return nodes[Int(place)].entry?.value
    }

    /// Stores an entry as the one used last. Returns what had to go, which may be the entry itself.
    ///
    /// A fetch of the key that is under way will not overwrite it.
    @inlinable
    package mutating func set(_ key: Key, _ value: Value, bytes size: Int, freshUntil: Int64, staleUntil: Int64) -> [Eviction] {
        if !fetches.isEmpty { fetches[key] = nil }
        var gone: [Eviction] = []
        if let place = places[key] { gone.append(remove(place, .replaced)) }
        let size = max(1, size)
        guard size <= maxBytes else {
            evictions[.tooLarge, default: 0] += 1
            gone.append(Eviction(key: key, value: value, reason: .tooLarge))
            return gone
        }
        while tail >= 0, places.count >= maxEntries { gone.append(remove(tail, .tooManyEntries)) }
        while tail >= 0, bytes > maxBytes - size { gone.append(remove(tail, .tooManyBytes)) }
        let node = Node(key: key, value: value, bytes: size, freshUntil: freshUntil, staleUntil: max(freshUntil, staleUntil))
        let place: Int32
        if firstFree >= 0 {
            place = firstFree
            firstFree = nodes[Int(place)].next
            nodes[Int(place)] = node
        } else {
            place = Int32(nodes.count)
            nodes.append(node)
        }
        places[key] = place
        bytes += size
        linkInFront(place)
        return gone
    }

    /// Takes a key out; a fetch of it that is under way will not be stored.
    @inlinable
    package mutating func remove(_ key: Key) -> Eviction? {
        if !fetches.isEmpty { fetches[key] = nil }
        return places[key].map { remove($0, .removed) }
    }

    /// Takes everything out; no fetch that is under way will be stored.
    package mutating func removeAll() -> [Eviction] {
        fetches = [:]
        var gone: [Eviction] = []
        while tail >= 0 { gone.append(remove(tail, .removed)) }
        giveMemoryBack()
        return gone
    }

    /// Takes out what was used longest ago until no more than this is left, and gives the memory of the places back.
    package mutating func trim(entries: Int, bytes limit: Int) -> [Eviction] {
        var gone: [Eviction] = []
        while tail >= 0, bytes > max(0, limit) || places.count > max(0, entries) { gone.append(remove(tail, .trimmed)) }
        giveMemoryBack()
        return gone
    }

    /// Changes the bounds. Takes out what no longer fits, first what was used longest ago.
    package mutating func resize(entries: Int?, bytes limit: Int?) -> [Eviction] {
        if let entries { maxEntries = entries }
        if let limit { maxBytes = limit }
        var gone: [Eviction] = []
        while tail >= 0, places.count > maxEntries { gone.append(remove(tail, .tooManyEntries)) }
        while tail >= 0, bytes > maxBytes { gone.append(remove(tail, .tooManyBytes)) }
        giveMemoryBack()
        return gone
    }

    /// A fetch begins. Its number decides at its end whether it may be stored.
    @inlinable
    package mutating func beginFetch(_ key: Key) -> Int {
        nextFetch += 1
        fetches[key] = nextFetch
        return nextFetch
    }

    /// A fetch has its value; stores it unless the key was set, removed or fetched anew meanwhile.
    @inlinable
    package mutating func finishFetch(
        _ key: Key, _ number: Int, _ value: Value, bytes: Int, freshUntil: Int64, staleUntil: Int64, took: Duration
    ) -> [Eviction] {
        fetched += 1
        fetchTimes.record(took)
        guard fetches[key] == number else { return [] }
        return set(key, value, bytes: bytes, freshUntil: freshUntil, staleUntil: staleUntil)
    }

    @inlinable
    package mutating func failFetch(_ key: Key, _ number: Int) {
        failedFetches += 1
        if fetches[key] == number { fetches[key] = nil }
    }

    /// Whether to fetch a stale key anew now: not while that is under way, nor while `limit` others are, nor after closing.
    @inlinable
    package mutating func beginRefresh(_ key: Key, limit: Int) -> Bool {
        !isClosed && refreshing.count < limit && refreshing.insert(key).inserted
    }

    /// No stale value is fetched anew from now on.
    package mutating func stopRefreshing() {
        isClosed = true
    }

    @inlinable
    package mutating func endRefresh(_ key: Key) {
        refreshing.remove(key)
    }

    @inlinable
    mutating func moveToFront(_ place: Int32) {
        guard place != head else { return }
        unlink(place)
        linkInFront(place)
    }

    @inlinable
    mutating func linkInFront(_ place: Int32) {
        nodes[Int(place)].previous = -1
        nodes[Int(place)].next = head
        if head >= 0 { nodes[Int(head)].previous = place } else { tail = place }
        head = place
    }

    @inlinable
    mutating func unlink(_ place: Int32) {
        let previous = nodes[Int(place)].previous
        let next = nodes[Int(place)].next
        if previous >= 0 { nodes[Int(previous)].next = next } else { head = next }
        if next >= 0 { nodes[Int(next)].previous = previous } else { tail = previous }
    }

    @inlinable
    mutating func remove(_ place: Int32, _ reason: EvictionReason) -> Eviction {
        unlink(place)
        let index = Int(place)
        guard let entry = nodes[index].entry else { preconditionFailure("a place of the cache was emptied twice") }
        nodes[index].entry = nil
        nodes[index].next = firstFree
        firstFree = place
        bytes -= nodes[index].bytes
        places[entry.key] = nil
        evictions[reason, default: 0] += 1
        return Eviction(key: entry.key, value: entry.value, reason: reason)
    }

    /// Moves the entries together when three quarters of the places are free.
    private mutating func giveMemoryBack() {
        guard nodes.count > 64, places.count < nodes.count / 4 else { return }
        let old = nodes
        var place = tail
        nodes = []
        nodes.reserveCapacity(places.count)
        places = Dictionary(minimumCapacity: places.count)
        (head, tail, firstFree) = (-1, -1, -1)
        while place >= 0 {
            let node = old[Int(place)]
            if let key = node.entry?.key {
                nodes.append(node)
                places[key] = Int32(nodes.count - 1)
                linkInFront(Int32(nodes.count - 1))
            }
            place = node.previous
        }
    }
}
