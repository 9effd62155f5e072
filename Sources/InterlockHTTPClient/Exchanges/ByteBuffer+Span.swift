internal import NIOCore

extension ByteBuffer {
    /// The readable bytes, for the length of the call.
    func readableBytesUInt8Span<Value, E: Error>(_ body: (Span<UInt8>) throws(E) -> Value) throws(E) -> Value {
        let result: Result<Value, E> = withUnsafeReadableBytes { bytes in
            bytes.withMemoryRebound(to: UInt8.self) { bytes in
                do throws(E) {
                    return .success(try body(bytes.span))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }
}
