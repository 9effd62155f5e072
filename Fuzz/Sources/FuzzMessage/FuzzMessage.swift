import Findings
import InterlockJSON

/// Any bytes: the scanner accepts what another parser accepts, reads the same value, and its lookups agree with its tree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = bytes(start, count)
    let value = try? JSONValue(parsing: text)
    let raw = try? RawJSON(text)
    require((value == nil) == (raw == nil), "a tree and raw bytes differ in what they accept")
    if let value, let raw {
        require(raw.value() == value, "the tree of raw bytes differs")
        compareLookups(raw, value)
    }
    FoundationComparison.run(text, value)
    compareEnvelope(text, value)
    return 0
}

/// A message that was scanned is JSON, and its parts are the members of the tree.
private func compareEnvelope(_ text: [UInt8], _ value: JSONValue?) {
    do {
        guard case .single(let message) = try ScannedMessage.scanInput(text) else { return }
        guard let value else { fatalError("a message was accepted whose bytes are no JSON") }
        require(message.params?.value() == value["params"], "params differ")
        require(message.result?.value() == value["result"], "result differs")
        require(message.error?.value() == value["error"], "error differs")
        require(message.method == value["method"]?.string, "method differs")
    } catch {
        require(error.code == .invalidRequest || value == nil, "valid JSON was refused as malformed: \(error)")
    }
}

/// Members, elements and look-ups of raw bytes are those of the tree.
private func compareLookups(_ raw: RawJSON, _ value: JSONValue) {
    switch value {
    case .object(let object):
        guard let members = raw.members else { fatalError("an object without members") }
        require(members.count >= object.count, "members were lost")
        for member in object {
            guard let found = raw[member.key] else { fatalError("the member \(member.key.debugDescription) is not found") }
            require(found.value() == member.value, "the member \(member.key.debugDescription) differs")
            compareLookups(found, member.value)
        }
    case .array(let array):
        guard let elements = raw.elements else { fatalError("an array without elements") }
        require(elements.count == array.count, "elements were lost")
        for (element, value) in zip(elements, array) { compareLookups(element, value) }
    case .string(let string): require(raw.string == string, "the string differs")
    case .number(let number): require(raw.number == number && raw.int == number.int, "the number differs")
    case .bool(let bool): require(raw.bool == bool, "the truth value differs")
    case .null: require(raw.isNull, "null is not null")
    }
}
