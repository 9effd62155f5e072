public import InterlockJSON
public import InterlockServer

/// What the expansions of ``ToolInput()``, ``ToolOutput()`` and ``SchemaEnum()`` call; not for use by hand.
///
/// A schema that is known while compiling is one literal. One that contains types the macro knows only by name is joined from literals and
/// those types' schemas, once, when it is first used.
public enum MacroSchema {
    /// A part of a schema: JSON text, or the schema of a type.
    public struct Piece: ExpressibleByStringLiteral {
        fileprivate var bytes: ArraySlice<UInt8>

        public init(stringLiteral text: StaticString) {
            bytes = text.withUTF8Buffer { Array($0)[...] }
        }

        fileprivate init(_ schema: RawJSON, default value: (any Encodable)?, adding members: StaticString) {
            let added = MacroSchema.literal(members).members ?? []
            guard !added.isEmpty || value != nil else {
                bytes = schema.bytes
                return
            }
            var object = schema.value().object ?? [:]
            for (key, value) in added { object[key] = value.value() }
            if let value {
                do {
                    object["default"] = try RawJSON(encoding: value).value()
                } catch {
                    // A default that has no JSON is not shown; it applies all the same when the argument is absent.
                }
            }
            bytes = RawJSON(.object(object)).bytes
        }
    }

    /// A schema the macro has written.
    public static func literal(_ json: StaticString) -> RawJSON {
        RawJSON(unchecked: json.withUTF8Buffer { Array($0)[...] })
    }

    /// A schema put together from its parts.
    public static func joined(_ pieces: [Piece]) -> RawJSON {
        RawJSON(unchecked: Array(pieces.map(\.bytes).joined())[...])
    }
}

// MARK: The schema of a property's type, by what the type conforms to

extension MacroSchema {
    public static func input<T: ToolInput>(_ type: T.Type, default value: T? = nil, adding members: StaticString = "{}") -> Piece {
        Piece(T.inputSchema, default: value as? any Encodable, adding: members)
    }

    public static func input<T: SchemaRepresentable & Decodable>(
        _ type: T.Type, default value: T? = nil, adding members: StaticString = "{}"
    ) -> Piece {
        Piece(T.jsonSchema, default: value as? any Encodable, adding: members)
    }

    @_disfavoredOverload
    public static func input<T: CaseIterable & RawRepresentable & Decodable>(
        _ type: T.Type, default value: T? = nil, adding members: StaticString = "{}"
    ) -> Piece where T.RawValue == String {
        Piece(schema(of: type), default: value?.rawValue, adding: members)
    }

    @_disfavoredOverload
    public static func input<T: StructuredOutput & Decodable>(
        _ type: T.Type, default value: T? = nil, adding members: StaticString = "{}"
    ) -> Piece {
        Piece(T.outputSchema ?? .emptyObject, default: value, adding: members)
    }

    public static func output<T: StructuredOutput>(_ type: T.Type, adding members: StaticString = "{}") -> Piece {
        Piece(T.outputSchema ?? .emptyObject, default: nil, adding: members)
    }

    public static func output<T: SchemaRepresentable & Encodable>(_ type: T.Type, adding members: StaticString = "{}") -> Piece {
        Piece(T.jsonSchema, default: nil, adding: members)
    }

    @_disfavoredOverload
    public static func output<T: CaseIterable & RawRepresentable & Encodable>(
        _ type: T.Type, adding members: StaticString = "{}"
    ) -> Piece where T.RawValue == String {
        Piece(schema(of: type), default: nil, adding: members)
    }

    @_disfavoredOverload
    public static func output<T: ToolInput & Encodable>(_ type: T.Type, adding members: StaticString = "{}") -> Piece {
        Piece(T.inputSchema, default: nil, adding: members)
    }

    private static func schema<T: CaseIterable & RawRepresentable>(of type: T.Type) -> RawJSON where T.RawValue == String {
        RawJSON(["type": "string", "enum": .array(T.allCases.map { .string($0.rawValue) })])
    }
}

// MARK: What the compiler says where no schema can be found

extension MacroSchema {
    @available(*, unavailable, message: "the property's type has no JSON Schema: mark a struct with @ToolInput, an enum with @SchemaEnum, or conform the type to SchemaRepresentable and Decodable")
    @_disfavoredOverload
    public static func input(_ type: Any.Type, default value: Any? = nil, adding members: StaticString = "{}") -> Piece { "" }

    @available(*, unavailable, message: "the property's type has no JSON Schema: mark a struct with @ToolOutput, an enum with @SchemaEnum, or conform the type to SchemaRepresentable and Encodable")
    @_disfavoredOverload
    public static func output(_ type: Any.Type, adding members: StaticString = "{}") -> Piece { "" }
}
