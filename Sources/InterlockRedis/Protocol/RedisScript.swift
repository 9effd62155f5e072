/// A Lua script, called by its digest.
///
/// Written once as a constant. It must touch only keys it is given, all in one slot.
public struct RedisScript: Sendable, Hashable {
    /// The Lua source.
    public let source: String
    /// The SHA-1 of the source in hexadecimal, by which the server knows it.
    public let digest: String

    public init(_ source: String) {
        self.source = source
        digest = SHA1.hexadecimal(of: Array(source.utf8))
    }

    func call(byDigest: Bool, keys: [String], arguments: [RedisArgument]) -> RedisCommand {
        RedisCommand(
            byDigest ? "EVALSHA" : "EVAL",
            [.text(byDigest ? digest : source), .integer(Int64(keys.count))] + keys.map { .text($0) } + arguments, key: keys.first)
    }
}
