public import InterlockJSON

/// Values by name in the order they were added: what the specification writes as a JSON object with free keys.
///
/// Meant for tens of entries; look-up is linear. Equality ignores the order, as JSON does.
public struct OrderedMap<Value: Sendable>: Sendable {
    /// The entries in order, keys unique.
    public private(set) var entries: [(key: String, value: Value)] = []

    /// Makes an empty map.
    public init() {}

    /// The keys in order.
    public var keys: [String] { entries.map(\.key) }

    /// The value of a key; setting nil removes it, setting an existing key keeps its place.
    public subscript(_ key: String) -> Value? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append((key, value))
            case (nil, nil): break
            }
        }
    }
}

extension OrderedMap: RandomAccessCollection {
    /// The position of the first entry.
    public var startIndex: Int { 0 }
    /// The position after the last entry.
    public var endIndex: Int { entries.count }
    /// The entry at a position.
    public subscript(position: Int) -> (key: String, value: Value) { entries[position] }
}

extension OrderedMap: ExpressibleByDictionaryLiteral {
    /// Makes a map in the literal's order; of duplicate keys the last counts.
    public init(dictionaryLiteral elements: (String, Value)...) {
        for (key, value) in elements { self[key] = value }
    }
}

extension OrderedMap: Equatable where Value: Equatable {
    /// Whether both have the same keys with equal values, in any order.
    public static func == (left: OrderedMap, right: OrderedMap) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }
}

extension OrderedMap: Hashable where Value: Hashable {
    /// Hashes the entries regardless of their order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for entry in entries {
            var one = Hasher()
            one.combine(entry.key)
            one.combine(entry.value)
            sum &+= one.finalize()
        }
        hasher.combine(sum)
    }
}

extension OrderedMap: WireDecodable where Value: WireDecodable {
    /// Reads an object whose members all have the shape.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let members = try WireObject(json).members
        entries.reserveCapacity(members.count)
        var positions: [String: Int] = [:]  // the peer chooses the count: look-up must not be linear here
        for member in members {
            do throws(ShapeMismatch) {
                let value = try Value(shape: member.value)
                if let position = positions.updateValue(entries.count, forKey: member.key) {
                    positions[member.key] = position
                    entries[position].value = value
                } else {
                    entries.append((member.key, value))
                }
            } catch {
                throw error.inside(member.key)
            }
        }
    }
}

extension OrderedMap: WireEncodable where Value: WireEncodable {
    /// Writes an object in order.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        for entry in entries {
            writer.key(entry.key)
            entry.value.write(into: &writer, context: context)
        }
        writer.endObject()
    }
}
