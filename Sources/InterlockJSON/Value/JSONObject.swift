/// The members of a JSON object, in order, each name once.
///
/// Setting a name that is there keeps its place; a new one goes to the end. Finding a name takes constant
/// time in big objects and a short search in small ones. Equality ignores the order, as JSON does. Names are
/// the same when their bytes are: two spellings of one character are two names.
public struct JSONObject: Sendable {
    /// A member: its name and its value.
    public typealias Element = (key: String, value: JSONValue)

    private var members: [Element]
    /// Places by name, kept only above ``searchBound`` members.
    private var places: [ExactName: Int]?

    /// As many members are searched one by one; more than that are indexed.
    private static let searchBound = 16

    /// Creates an object without members.
    public init() { members = [] }

    /// Creates an object of `members`; where a name occurs again, the last value wins, in the first one's place.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        self.init()
        self.members.reserveCapacity(members.underestimatedCount)
        for (key, value) in members { self[key] = value }
    }

    /// Creates an object of members whose names all differ; a name that occurs again traps.
    public init(uniqueKeysWithValues members: some Sequence<(String, JSONValue)>) {
        self.init()
        self.members.reserveCapacity(members.underestimatedCount)
        for (key, value) in members {
            precondition(self[key] == nil, "the member \(key) occurs twice")
            self[key] = value
        }
    }

    /// The value of the member `key`, or nil. Setting nil removes the member; to store a JSON null set `.null`.
    public subscript(key: String) -> JSONValue? {
        get { place(of: key).map { members[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let place = place(of: key) {
                members[place].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// Removes the member `key` and returns its value; nil if there was none. Takes time linear in the members.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let place = place(of: key) else { return nil }
        let removed = members.remove(at: place)
        places = nil
        if members.count > Self.searchBound { index() }
        return removed.value
    }

    /// The names, in order.
    public var keys: [String] { members.map(\.key) }

    /// The values, in the order of their names.
    public var values: [JSONValue] { members.map(\.value) }

    private func place(of key: String) -> Int? {
        if let places { return places[ExactName(text: key)] }
        return members.firstIndex { StringBytes.same($0.key, key) }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if places != nil {
            places?[ExactName(text: key)] = members.count - 1
        } else if members.count > Self.searchBound {
            index()
        }
    }

    private mutating func index() {
        var places = Dictionary<ExactName, Int>(minimumCapacity: members.count)
        for (place, member) in members.enumerated() { places[ExactName(text: member.key)] = place }
        self.places = places
    }
}

extension JSONObject: RandomAccessCollection {
    /// Always zero.
    public var startIndex: Int { 0 }
    /// The number of members.
    public var endIndex: Int { members.count }
    /// The member at a position in the order of the object; traps outside it.
    public subscript(position: Int) -> Element { members[position] }
}

extension JSONObject: Hashable {
    /// Whether both have the same names with equal values, in whatever order.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.allSatisfy { b[$0.key] == $0.value }
    }

    /// Feeds the members to `hasher` so that their order does not matter.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for (key, value) in members {
            var member = hasher
            member.combine(key)
            member.combine(value)
            sum &+= member.finalize()
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object of the literal's members; where a name occurs again, the last value wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: CustomStringConvertible {
    /// The object as JSON text, without white space.
    public var description: String { JSONValue.object(self).description }
}
