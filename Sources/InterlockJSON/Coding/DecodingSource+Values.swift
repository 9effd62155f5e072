extension DecodingSource {
    /// Reads the value at `index` as any type.
    ///
    /// The casts are between one type and itself: the metatypes were compared, which a cast would do slowly.
    func decode<T: Decodable>(_ type: T.Type, at index: Int, parent: ValueDecoder?, step: CodingStep) throws -> T {
        if T.self == String.self {
            return unsafeBitCast(try string(String.self, at: index, parent: parent, step: step), to: T.self)
        } else if T.self == Int.self {
            return unsafeBitCast(try integer(Int.self, at: index, parent: parent, step: step), to: T.self)
        } else if T.self == Double.self {
            return unsafeBitCast(try double(Double.self, at: index, parent: parent, step: step), to: T.self)
        } else if T.self == Bool.self {
            return unsafeBitCast(try bool(Bool.self, at: index, parent: parent, step: step), to: T.self)
        }
        if FoundationValues.isText(type) {
            let text = try string(String.self, at: index, parent: parent, step: step)
            guard let value = FoundationValues.value(type, from: text) else {
                throw corrupted("the string is no \(T.self)", parent: parent, step: step)
            }
            return value
        }
        return try T(from: ValueDecoder(source: self, index: index, parent: parent, step: step))
    }

    func bool(_ type: Bool.Type, at index: Int, parent: ValueDecoder?, step: @autoclosure () -> CodingStep) throws -> Bool {
        switch tape[index].kind {
        case .true: return true
        case .false: return false
        default: throw mismatch(type, at: index, parent: parent, step: step())
        }
    }

    func string(_ type: String.Type, at index: Int, parent: ValueDecoder?, step: @autoclosure () -> CodingStep) throws -> String {
        let token = tape[index]
        guard token.kind == .string || token.kind == .escapedString else {
            throw mismatch(type, at: index, parent: parent, step: step())
        }
        return text(of: token)
    }

    func integer<T: FixedWidthInteger>(
        _ type: T.Type, at index: Int, parent: ValueDecoder?, step: @autoclosure () -> CodingStep
    ) throws -> T {
        let token = tape[index]
        let value: T?
        switch token.kind {
        case .integer: value = withBytes(of: token) { NumberText.integer($0, as: type) }
        case .decimal: value = withBytes(of: token) { NumberText.integral($0, as: type) }
        default: throw mismatch(type, at: index, parent: parent, step: step())
        }
        guard let value else {
            throw corrupted("the number \(excerpt(token)) is not exactly a \(type)", parent: parent, step: step())
        }
        return value
    }

    func double(_ type: Double.Type, at index: Int, parent: ValueDecoder?, step: @autoclosure () -> CodingStep) throws -> Double {
        let token = tape[index]
        guard token.kind == .integer || token.kind == .decimal else {
            throw mismatch(type, at: index, parent: parent, step: step())
        }
        let value = withBytes(of: token) { NumberText.double($0) }
        guard value.isFinite else {
            throw corrupted("the number \(excerpt(token)) is beyond \(type)", parent: parent, step: step())
        }
        return value
    }

    func float(_ type: Float.Type, at index: Int, parent: ValueDecoder?, step: @autoclosure () -> CodingStep) throws -> Float {
        let token = tape[index]
        guard token.kind == .integer || token.kind == .decimal else {
            throw mismatch(type, at: index, parent: parent, step: step())
        }
        guard let value = Float(withBytes(of: token) { String(decoding: $0, as: UTF8.self) }), value.isFinite else {
            throw corrupted("the number \(excerpt(token)) is beyond \(type)", parent: parent, step: step())
        }
        return value
    }

    /// Fails unless the value is a container of that kind.
    func require(_ kind: TapeToken.Kind, _ type: Any.Type, at index: Int, parent: ValueDecoder) throws {
        guard tape[index].kind == kind else { throw mismatch(type, at: index, parent: parent, step: .root) }
    }

    private func excerpt(_ token: TapeToken) -> String {
        let text = withBytes(of: token) { String(decoding: $0.prefix(40), as: UTF8.self) }
        return token.end - token.start > 40 ? text + "…" : text
    }

    private func context(_ reason: String, parent: ValueDecoder?, step: CodingStep) -> DecodingError.Context {
        let path = (parent?.codingPath ?? []) + (step.key.map { [$0] } ?? [])
        return DecodingError.Context(codingPath: path, debugDescription: "\(reason) (at \(path.readable))")
    }

    private func corrupted(_ reason: String, parent: ValueDecoder?, step: CodingStep) -> DecodingError {
        .dataCorrupted(context(reason, parent: parent, step: step))
    }

    private func mismatch(_ type: Any.Type, at index: Int, parent: ValueDecoder?, step: CodingStep) -> DecodingError {
        let found = JSONKind(tape[index].kind)
        let context = context("\(Self.expectation(type)) was expected, \(found.rawValue) found", parent: parent, step: step)
        return found == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private static func expectation(_ type: Any.Type) -> String {
        if type == [String: Any].self { "an object" } else if type == [Any].self { "an array" } else { "\(type)" }
    }
}

extension JSONKind {
    fileprivate init(_ kind: TapeToken.Kind) {
        switch kind {
        case .null: self = .null
        case .true, .false: self = .bool
        case .integer, .decimal: self = .number
        case .string, .escapedString: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }
}
