/// The encoder of one value; hands out its containers and closes what they opened.
final class ValueEncoder: Encoder {
    /// What the value turned out to be.
    enum Shape {
        case undecided, scalar, array, object
    }

    let target: EncodingTarget
    private let parent: ValueEncoder?
    private let step: CodingStep
    private var shape = Shape.undecided
    private var isFinished = false
    /// What the value did that no JSON value can be, reported when it is finished.
    private var misuse: String?
    /// Elements written so far, if it is an array.
    var count = 0

    init(target: EncodingTarget, parent: ValueEncoder?, step: CodingStep) {
        self.target = target
        self.parent = parent
        self.step = step
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var encoder: ValueEncoder? = self
        while let current = encoder {
            if let key = current.step.key { path.append(key) }
            encoder = current.parent
        }
        return path.reversed()
    }

    var isEmpty: Bool { shape == .undecided && misuse == nil }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if become(.object) { target.writer.beginObject() }
        return KeyedEncodingContainer(KeyedEncoding<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if become(.array) { target.writer.beginArray() }
        return UnkeyedEncoding(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { ScalarEncoding(encoder: self) }

    /// Decides the shape. True if that was open; asking again for the same container is allowed, as
    /// a subclass does that shares it with its superclass.
    private func become(_ shape: Shape) -> Bool {
        if self.shape == .undecided {
            self.shape = shape
            return true
        }
        if self.shape != shape || shape == .scalar { misuse = misuse ?? "a value cannot be \(self.shape) and \(shape) at once" }
        return false
    }

    /// Claims the value for one scalar.
    func beginScalar() throws {
        try requireOpen()
        if !become(.scalar) { throw invalid("a second value was written where there is place for one") }
    }

    /// Fails if the value is complete, and this container therefore a stale one.
    @inline(__always)
    func requireOpen() throws {
        if isFinished { throw invalid("a container was used after its value had been encoded") }
        if misuse != nil { throw invalid(misuse ?? "") }
    }

    /// Closes what was opened; a value that wrote nothing is an empty object.
    func finish() throws {
        try requireOpen()
        isFinished = true
        switch shape {
        case .undecided:
            target.writer.beginObject()
            target.writer.endObject()
        case .scalar: break
        case .array: target.writer.endArray()
        case .object: target.writer.endObject()
        }
    }

    private func invalid(_ reason: String) -> EncodingError {
        let path = codingPath
        return .invalidValue(
            "\(reason)",
            EncodingError.Context(codingPath: path, debugDescription: "\(reason) (at \(path.readable))"))
    }

    /// Writes a value that is JSON already in place of this one.
    func replace(_ write: (inout JSONWriter) -> Void) throws {
        try beginScalar()
        write(&target.writer)
    }
}
