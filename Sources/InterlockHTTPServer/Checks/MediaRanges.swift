/// What the transport needs to know of `Accept` and `Content-Type`.
enum MediaRanges {
    /// Whether an `Accept` value allows both kinds of answers. An absent field allows everything.
    static func allowsBothAnswers(_ accept: String?) -> Bool {
        guard let accept else { return true }
        return allows(accept, "application", "json") && allows(accept, "text", "event-stream")
    }

    /// Whether an `Accept` value allows an event stream.
    static func allowsEventStream(_ accept: String?) -> Bool {
        accept.map { allows($0, "text", "event-stream") } ?? true
    }

    /// Whether a `Content-Type` is JSON in UTF-8.
    static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        if contentType.isFieldName("application/json") { return true }
        let parts = contentType.split(separator: ";", omittingEmptySubsequences: false)
        guard let type = parts.first, type.trimmedField.isFieldName("application/json") else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmedField.isFieldName("charset") else { return true }
            let charset = pair[1].trimmedField.filter { $0 != "\"" }
            return charset.isFieldName("utf-8") || charset.isFieldName("us-ascii")
        }
    }

    private static func allows(_ accept: String, _ type: StaticString, _ subtype: StaticString) -> Bool {
        accept.split(separator: ",").contains { range in
            let parts = range.split(separator: ";", omittingEmptySubsequences: false)
            guard let media = parts.first?.trimmedField else { return false }
            let names = media.split(separator: "/", maxSplits: 1)
            guard names.count == 2 else { return media == "*" }
            let matches = names[0] == "*" || names[0].isFieldName(type) && (names[1] == "*" || names[1].isFieldName(subtype))
            return matches && !parts.dropFirst().contains(where: isZeroQuality)
        }
    }

    private static func isZeroQuality(_ parameter: Substring) -> Bool {
        let pair = parameter.split(separator: "=", maxSplits: 1)
        guard pair.count == 2, pair[0].trimmedField.isFieldName("q") else { return false }
        let quality = pair[1].trimmedField
        return !quality.isEmpty && quality.allSatisfy { $0 == "0" || $0 == "." }
    }
}
