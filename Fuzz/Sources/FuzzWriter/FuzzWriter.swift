import Findings
import InterlockJSON

/// What is written reads back the same: trees, strings, numbers, and values through `Codable`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWriter(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = bytes(start, count)
    if let value = try? JSONValue(parsing: input) { roundTrip(value) }
    roundTrip(.string(String(decoding: input, as: UTF8.self)))
    input.withUnsafeBytes { buffer in
        for offset in stride(from: 0, to: buffer.count - 7, by: 8) {
            let pattern = buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            roundTrip(Double(bitPattern: pattern))
            roundTrip(.number(JSONNumber(Int64(bitPattern: pattern))))
        }
    }
    if let number = JSONNumber(String(decoding: input, as: UTF8.self)) { roundTrip(.number(number)) }
    return 0
}

private func roundTrip(_ value: JSONValue) {
    let written = RawJSON(value)
    guard let read = try? JSONValue(parsing: Array(written.bytes)) else { fatalError("what was written is no JSON: \(written)") }
    require(read == value, "read back differently: \(written)")
    require(RawJSON(read) == written, "written differently the second time: \(written)")
    guard let decoded = try? written.decode(JSONValue.self), let encoded = try? RawJSON(encoding: value) else {
        fatalError("the coder refuses what the writer wrote: \(written)")
    }
    require(decoded == value, "decoded differently: \(written)")
    require(encoded == written, "encoded differently: \(encoded) and \(written)")
}

private func roundTrip(_ value: Double) {
    var writer = JSONWriter()
    do {
        try writer.double(value)
        require(value.isFinite, "\(value) was written")
        guard let read = try? RawJSON(writer.bytes), let double = read.double else { fatalError("\(value) was written as no number") }
        require(double == value, "\(value) reads back as \(double)")
    } catch {
        require(!value.isFinite, "\(value) was refused")
    }
}
