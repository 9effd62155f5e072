/// The decoder of one value: a place on the tape, and the way there for error messages.
final class ValueDecoder: Decoder {
    let source: DecodingSource
    let index: Int
    private let parent: ValueDecoder?
    private let step: CodingStep
    /// Where the values of the members stand, made when a member of a big object is first asked for.
    private var places: [ExactName: Int]?

    /// An object whose part of the tape is longer than this is indexed rather than searched.
    private static let searchBound = 64

    init(source: DecodingSource, index: Int, parent: ValueDecoder?, step: CodingStep) {
        self.source = source
        self.index = index
        self.parent = parent
        self.step = step
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var decoder: ValueDecoder? = self
        while let current = decoder {
            if let key = current.step.key { path.append(key) }
            decoder = current.parent
        }
        return path.reversed()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try source.require(.object, [String: Any].self, at: index, parent: self)
        return KeyedDecodingContainer(KeyedDecoding<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try source.require(.array, [Any].self, at: index, parent: self)
        return UnkeyedDecoding(self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { ScalarDecoding(decoder: self) }

    /// The bytes of the value.
    var raw: RawJSON { RawJSON(unchecked: source.slice(at: index)) }

    /// The names of the object's members, as often as they occur.
    var memberNames: [String] { source.memberNames(at: index) }

    /// Where the value of the member `key` stands, the last one if there are several.
    func member(_ key: String) -> Int? {
        let length = source.next(after: index) - index
        guard length > Self.searchBound else { return source.member(key, ofObjectAt: index) }
        let places = places ?? source.memberPlaces(at: index)
        self.places = places
        return places[ExactName(text: key)]
    }
}
