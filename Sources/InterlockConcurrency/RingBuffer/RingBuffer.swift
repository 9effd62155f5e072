/// The last so many elements: a queue of fixed capacity that overwrites its oldest element when it is full.
///
/// For recent errors, samples, a log that is read back: what is bounded by forgetting. A value type; appending and taking
/// are O(1) and allocate nothing once it has been full. Elements are indexed from the oldest, at 0, to the newest.
public struct RingBuffer<Element> {
    @usableFromInline var slots: [Element?] = []
    @usableFromInline var head = 0
    @usableFromInline var used = 0
    /// The most elements it keeps.
    public let capacity: Int

    /// Makes an empty buffer.
    ///
    /// - Parameter capacity: At least 1; less counts as 1.
    @inlinable
    public init(capacity: Int) {
        self.capacity = Swift.max(1, capacity)
    }

    /// Elements in it.
    @inlinable
    public var count: Int { used }

    /// Whether the next append overwrites an element.
    @inlinable
    public var isFull: Bool { used == capacity }

    /// Adds an element as the newest.
    ///
    /// - Returns: the oldest element when it had to make place.
    @inlinable
    @discardableResult
    public mutating func append(_ element: Element) -> Element? {
        if used < capacity {
            let index = slot(used)
            if index == slots.count { slots.append(element) } else { slots[index] = element }
            used += 1
            return nil
        }
        let evicted = slots[head]
        slots[head] = element
        head = head + 1 == capacity ? 0 : head + 1
        return evicted
    }

    /// Takes the oldest element out; `nil` when there is none.
    @inlinable
    public mutating func popFirst() -> Element? {
        guard used > 0 else { return nil }
        let element = slots[head]
        slots[head] = nil
        head = head + 1 == capacity ? 0 : head + 1
        used -= 1
        return element
    }

    /// Takes the newest element out; `nil` when there is none.
    @inlinable
    public mutating func popLast() -> Element? {
        guard used > 0 else { return nil }
        used -= 1
        let index = slot(used)
        let element = slots[index]
        slots[index] = nil
        return element
    }

    /// Takes everything out and gives the memory back.
    @inlinable
    public mutating func removeAll() {
        slots = []
        head = 0
        used = 0
    }

    /// The slot of an offset from the oldest element. The array grows only while `head` is 0 or wraps within it, so the
    /// slot is at most the array's count.
    @inlinable
    func slot(_ offset: Int) -> Int {
        let index = head + offset
        return index < capacity ? index : index - capacity
    }
}

extension RingBuffer: RandomAccessCollection {
    @inlinable
    public var startIndex: Int { 0 }
    @inlinable
    public var endIndex: Int { count }

    @inlinable
    public subscript(position: Int) -> Element {
        precondition(position >= 0 && position < count, "index \(position) is outside a ring buffer of \(count) elements")
        return slots[slot(position)]!
    }
}

extension RingBuffer: Sendable where Element: Sendable {}
extension RingBuffer: Equatable where Element: Equatable {
    @inlinable
    public static func == (left: RingBuffer, right: RingBuffer) -> Bool {
        left.capacity == right.capacity && left.elementsEqual(right)
    }
}
