import Findings
import InterlockJSON
import InterlockProtocol

/// Header fields: their text form, mirrored arguments, media ranges, hosts and origins.
///
/// The input is taken as one field value, and, cut at the first two line ends, as a schema, arguments and a value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHeaders(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = bytes(start, count)
    let text = String(decoding: input, as: UTF8.self)
    checkValue(text)
    checkMediaRanges(text)
    checkNames(text)
    let parts = input.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    if parts.count == 3, let schema = try? RawJSON(parts[0]), let arguments = try? RawJSON(parts[1]) {
        checkParameters(schema, arguments, String(decoding: parts[2], as: UTF8.self))
    }
    return 0
}

private func checkValue(_ text: String) {
    let encoded = HeaderValue.encode(text)
    require(encoded.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }, "an encoded value is not visible ASCII")
    require((try? HeaderValue.decode(encoded)) == text, "an encoded value decodes to something else")
    if let decoded = try? HeaderValue.decode(text) {
        require((try? HeaderValue.decode(HeaderValue.encode(decoded))) == decoded, "a decoded value does not survive")
    }
}

/// ASCII case and white space around do not matter, and a range with quality zero is as good as none.
private func checkMediaRanges(_ text: String) {
    let upper = String(decoding: text.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
    require(MediaRanges.allowsEventStream(text) == MediaRanges.allowsEventStream(upper), "case matters in Accept")
    require(MediaRanges.allowsBothAnswers(text) == MediaRanges.allowsBothAnswers(" " + text + "\t"), "white space matters in Accept")
    require(MediaRanges.isJSON(text) == MediaRanges.isJSON(upper), "case matters in Content-Type")
    if MediaRanges.allowsBothAnswers(text) { require(MediaRanges.allowsEventStream(text), "both answers but not each") }
    require(MediaRanges.allowsEventStream(text + ",text/event-stream"), "a further range takes one away")
}

private func checkNames(_ text: String) {
    let hosts = HostAllowList(names: ["example.com", "other.example:8443"], boundTo: "0.0.0.0")
    let origins = OriginAllowList(origins: ["https://example.com"], boundTo: "0.0.0.0")
    if let authority = Authority(parsing: text) {
        let isListed = authority.name == "example.com" || authority.name == "other.example" && authority.port == 8443
        require(hosts.allows(text) == (isListed || authority.isLoopback), "a host is let in that is not listed, or kept out that is")
        require(authority.port.map { (0...65_535).contains($0) } ?? true, "a port beyond 65535")
    } else {
        require(!hosts.allows(text), "what is no host is let in")
    }
    if origins.allows(text) { require(text.lowercased().hasPrefix("https:"), "another scheme is let in") }
    if let range = AddressRange(text), let address = AddressRange.bytes(of: String(text.prefix { $0 != "/" })) {
        require(range.contains(address), "a range does not contain its own address")
    }
}

/// Fields made for arguments verify against them; with another value verification answers and does not trap.
private func checkParameters(_ schema: RawJSON, _ arguments: RawJSON, _ text: String) {
    guard let parameters = try? HeaderParameters(schema: schema), let fields = try? parameters.fields(for: arguments) else { return }
    do {
        try parameters.verify(arguments: arguments) { name in fields.first { $0.name.lowercased() == name.lowercased() }?.value }
    } catch {
        fatalError("fields made for arguments do not verify: \(error)")
    }
    try? parameters.verify(arguments: arguments) { _ in text }
}
