import InterlockJSON
import InterlockProtocol
import Synchronization

/// Metadata of a request as it was read; one value is shared by all requests that said it in the same bytes.
final class ReadMeta: Sendable {
    let meta: RequestMeta
    /// The revision it names, if this library knows it.
    let revision: ProtocolRevision?

    init(_ meta: RequestMeta) {
        self.meta = meta
        revision = ProtocolRevision(rawValue: meta.protocolVersion)
    }
}

/// Remembers how recent `_meta` objects read.
///
/// A modern client repeats its version, its capabilities and its name on every request, mostly in the same bytes, and reading them
/// strictly costs more than everything else in a small request. What a text reads as depends on nothing but the text, so nothing
/// is inferred from earlier requests, and no client learns of another.
///
/// A fixed number of places, each for one text of bounded length; a newcomer takes the place its bytes hash to. Metadata that
/// differs each time, with a progress token or a trace, is not kept.
final class RequestMetaCache: Sendable {
    private struct Entry {
        /// A copy of its own, so that it keeps no message alive.
        var json: RawJSON
        var meta: ReadMeta
    }

    private final class Place: Sendable {
        let entry = Mutex<Entry?>(nil)
    }

    static let placeCount = 64
    static let maximumLength = 2_048

    private let places = (0..<placeCount).map { _ in Place() }

    /// What the value of `_meta` was read as before; `nil` if it was not, or has been forgotten.
    func known(_ json: RawJSON) -> ReadMeta? {
        guard json.bytes.count <= Self.maximumLength else { return nil }
        return place(of: json).entry.withLock { entry in
            guard let entry, entry.json == json else { return nil }
            return entry.meta
        }
    }

    /// Reads the value of `_meta` strictly and remembers it; what is malformed throws and is not kept.
    func read(_ json: RawJSON?) throws(ProtocolError) -> ReadMeta {
        let read = ReadMeta(try RequestMeta(member: json))
        if let json, json.bytes.count <= Self.maximumLength, read.meta.repeats {
            let copy = RawJSON(unchecked: Array(json.bytes)[...])
            place(of: json).entry.withLock { $0 = Entry(json: copy, meta: read) }
        }
        return read
    }

    /// The place of a text, by eight bytes from its front, its middle and its end: a collision costs one reading.
    private func place(of json: RawJSON) -> Place {
        let hash = json.bytes.withUnsafeBytes { bytes -> UInt64 in
            guard bytes.count >= 8 else { return 0 }
            var hash = UInt64(bytes.count)
            func add(_ offset: Int) {
                hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            }
            add(0)
            add((bytes.count - 8) / 2)
            add(bytes.count - 8)
            return hash
        }
        return places[Int(hash >> 58)]
    }
}

extension RequestMeta {
    /// Whether the next request of this client probably says the same.
    fileprivate var repeats: Bool {
        progressToken == nil && traceparent == nil && tracestate == nil && baggage == nil
    }
}
