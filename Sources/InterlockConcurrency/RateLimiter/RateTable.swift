/// The keys of a rate limiter with what they have used: an open-addressed table that never holds more than its bound.
///
/// One byte of each key's hash lies apart, small enough for the processor's caches, and is searched first; the key and the
/// state of its first rule lie together. So a decision among a million keys goes to memory once. A key whose use has all
/// come back is as good as absent, so it is dropped without loss whenever a place is needed; only when a sample of 16 has
/// none such does the one go that would recover first.
@usableFromInline
struct RateTable<Key: Hashable & Sendable>: Sendable {
    @usableFromInline
    struct Slot: Sendable {
        @usableFromInline var state = RateRule.State(first: 0, second: 0)
        @usableFromInline var blockedUntil = Int64.min
        @usableFromInline var key: Key?

        @inlinable
        init() {}
    }

    @usableFromInline var slots: [Slot]
    /// Seven bits of the hash of each slot's key and the mark of being taken; 0 for an empty slot.
    @usableFromInline var tags: [UInt8]
    /// The states of all rules but the first, by slot.
    @usableFromInline var others: [RateRule.State]
    @usableFromInline let othersPerSlot: Int
    @usableFromInline let maxKeys: Int
    @usableFromInline var count = 0
    @usableFromInline var hand = 0
    @usableFromInline var evictedRecovered = 0
    @usableFromInline var evictedLive = 0

    @inlinable
    init(maxKeys: Int, rules: Int) {
        self.maxKeys = max(1, maxKeys)
        othersPerSlot = max(0, rules - 1)
        let size = Self.size(for: min(self.maxKeys, 48))
        slots = Array(repeating: Slot(), count: size)
        tags = Array(repeating: 0, count: size)
        others = Array(repeating: RateRule.State(first: 0, second: 0), count: size * othersPerSlot)
    }

    /// Slots for so many keys: a load of two thirds.
    @inlinable
    static func size(for keys: Int) -> Int { keys + keys / 2 + 2 }

    @inlinable
    static func hash(of key: Key) -> UInt { UInt(bitPattern: key.hashValue) }

    @inlinable
    static func tag(of hash: UInt) -> UInt8 { UInt8(truncatingIfNeeded: hash) | 0x80 }

    /// Where the search for a hash begins: the high part of a product spreads hashes evenly over any size.
    @inlinable
    func home(of hash: UInt) -> Int { Int(bitPattern: hash.multipliedFullWidth(by: UInt(bitPattern: slots.count)).high) }

    @inlinable
    func find(_ key: Key, hash: UInt) -> Int? {
        let tag = Self.tag(of: hash)
        var index = home(of: hash)
        while tags[index] != 0 {
            if tags[index] == tag, slots[index].key == key { return index }
            index += 1
            if index == slots.count { index = 0 }
        }
        return nil
    }

    /// Adds a key that is not there, after making a place for it. Returns its slot.
    @inlinable
    mutating func insert(_ key: Key, hash: UInt, now: Int64, recovery: (inout RateTable, Int) -> Int64) -> Int {
        if count >= maxKeys {
            evictOne(now: now, recovery: recovery)
        } else if Self.size(for: count + 1) > slots.count {
            rebuild(now: now, recovery: recovery)
        }
        let index = freeSlot(for: hash)
        tags[index] = Self.tag(of: hash)
        slots[index].key = key
        slots[index].blockedUntil = .min
        count += 1
        return index
    }

    @inlinable
    func freeSlot(for hash: UInt) -> Int {
        var index = home(of: hash)
        while tags[index] != 0 {
            index += 1
            if index == slots.count { index = 0 }
        }
        return index
    }

    /// Takes a key out and closes the gap, so that no search ends too early.
    @inlinable
    mutating func remove(at index: Int) {
        var hole = index
        var next = index
        while true {
            next += 1
            if next == slots.count { next = 0 }
            guard tags[next] != 0, let key = slots[next].key else { break }
            let home = home(of: Self.hash(of: key))
            let mustStay = hole <= next ? hole < home && home <= next : hole < home || home <= next
            if mustStay { continue }
            slots[hole] = slots[next]
            tags[hole] = tags[next]
            for other in 0..<othersPerSlot { others[hole * othersPerSlot + other] = others[next * othersPerSlot + other] }
            hole = next
        }
        slots[hole] = Slot()
        tags[hole] = 0
        count -= 1
    }

    /// Drops the key that recovers first among the next 16.
    @usableFromInline
    mutating func evictOne(now: Int64, recovery: (inout RateTable, Int) -> Int64) {
        var best: (index: Int, recovery: Int64)?
        var seen = 0
        while seen < 16, seen < count {
            if hand >= slots.count { hand = 0 }
            if tags[hand] != 0 {
                seen += 1
                let time = recovery(&self, hand)
                if time < best?.recovery ?? .max || best == nil { best = (hand, time) }
                if time <= now { break }
            }
            hand += 1
        }
        guard let best else { return }
        if best.recovery <= now { evictedRecovered += 1 } else { evictedLive += 1 }
        remove(at: best.index)
    }

    /// Drops every key that has recovered, and takes twice the room for the others if they need it. Walks and copies the
    /// table, under the lock of its owner: once for each doubling, so a constant for each key that was added.
    @usableFromInline
    mutating func rebuild(now: Int64, recovery: (inout RateTable, Int) -> Int64) {
        var kept: [Int] = []
        kept.reserveCapacity(count)
        for index in slots.indices where tags[index] != 0 {
            if recovery(&self, index) > now { kept.append(index) } else { evictedRecovered += 1 }
        }
        let old = (slots: slots, others: others)
        let size = Self.size(for: min(maxKeys, max(48, kept.count * 2)))
        slots = Array(repeating: Slot(), count: size)
        tags = Array(repeating: 0, count: size)
        others = Array(repeating: RateRule.State(first: 0, second: 0), count: size * othersPerSlot)
        count = kept.count
        hand = 0
        for index in kept {
            guard let key = old.slots[index].key else { continue }
            let hash = Self.hash(of: key)
            let place = freeSlot(for: hash)
            tags[place] = Self.tag(of: hash)
            slots[place] = old.slots[index]
            for other in 0..<othersPerSlot {
                others[place * othersPerSlot + other] = old.others[index * othersPerSlot + other]
            }
        }
    }
}
