/// One step of the way from the root of a value to a place inside it.
enum CodingStep {
    case root
    case key(any CodingKey)
    case index(Int)

    /// The step as a key, which `codingPath` wants; nil for the root.
    var key: (any CodingKey)? {
        switch self {
        case .root: nil
        case .key(let key): key
        case .index(let index): PlainKey(intValue: index)
        }
    }
}

/// A key that is only a name or a position.
struct PlainKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }

    /// Where a class leaves the part of its superclass unless it says otherwise.
    static let `super` = PlainKey(stringValue: "super")
}

extension [any CodingKey] {
    /// The path as a JSON pointer without its escapes; "the root" if it is empty.
    var readable: String { isEmpty ? "the root" : "/" + map(\.stringValue).joined(separator: "/") }
}
