internal import NIOCore

/// One command and its arguments.
public struct RedisCommand: Sendable, Hashable {
    /// Such as `GET`. A container command is its name and a first argument: `CLUSTER`, `SLOTS`.
    public var name: String
    public var arguments: [RedisArgument]
    /// The key by which a cluster finds the node; `nil` where any node will do. All keys of a command lie in one slot.
    public var key: String?

    public init(_ name: String, _ arguments: [RedisArgument] = [], key: String? = nil) {
        self.name = name
        self.arguments = arguments
        self.key = key
    }

    /// Appends the command as an array of strings, the form servers read.
    func encode(into buffer: inout ByteBuffer) {
        Self.header(UInt8(ascii: "*"), arguments.count + 1, into: &buffer)
        Self.string(name.utf8, into: &buffer)
        for argument in arguments {
            switch argument {
            case .text(let text): Self.string(text.utf8, into: &buffer)
            case .bytes(let bytes): Self.string(bytes, into: &buffer)
            case .integer(let number): Self.string(String(number).utf8, into: &buffer)
            }
        }
    }

    /// About as many bytes as it will be; for bounds.
    var approximateBytes: Int {
        arguments.reduce(into: 16 + name.utf8.count) { sum, argument in
            switch argument {
            case .text(let text): sum += text.utf8.count + 16
            case .bytes(let bytes): sum += bytes.count + 16
            case .integer: sum += 32
            }
        }
    }

    private static func string(_ bytes: some Collection<UInt8>, into buffer: inout ByteBuffer) {
        header(UInt8(ascii: "$"), bytes.count, into: &buffer)
        buffer.writeBytes(bytes)
        buffer.writeInteger(UInt16(0x0D0A))
    }

    private static func header(_ type: UInt8, _ count: Int, into buffer: inout ByteBuffer) {
        buffer.writeInteger(type)
        if count < 10 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(count))
        } else {
            buffer.writeString(String(count))
        }
        buffer.writeInteger(UInt16(0x0D0A))
    }
}

/// One argument of a command: text, bytes or a number. String and integer literals are arguments.
public enum RedisArgument: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case bytes([UInt8])
    case integer(Int64)

    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}
