import InterlockJSON
import Tracing

extension OTLPEncoding {
    /// Writes an `AnyValue`.
    func write(_ value: SpanAttribute, into json: inout JSONWriter) {
        json.beginObject()
        switch value {
        case .int32(let value): write(Int64(value), into: &json)
        case .int64(let value): write(value, into: &json)
        case .double(let value): write(value, into: &json)
        case .bool(let value): write(value, into: &json)
        case .string(let value): write(value, into: &json)
        case .int32Array(let values): write(values, into: &json) { write(Int64($0), into: &$1) }
        case .int64Array(let values): write(values, into: &json) { write($0, into: &$1) }
        case .doubleArray(let values): write(values, into: &json) { write($0, into: &$1) }
        case .boolArray(let values): write(values, into: &json) { write($0, into: &$1) }
        case .stringArray(let values): write(values, into: &json) { write($0, into: &$1) }
        case .stringConvertible(let value): write(value.description, into: &json)
        case .stringConvertibleArray(let values): write(values, into: &json) { write($0.description, into: &$1) }
        default: break  // an empty AnyValue: a kind of attribute that came after this was written
        }
        json.endObject()
    }

    /// A text of at most the limit's bytes, cut between characters.
    func shortened(_ text: String) -> String {
        guard text.utf8.count > limits.textBytes else { return text }
        var result = ""
        var length = 0
        for character in text {
            length += character.utf8.count
            guard length <= limits.textBytes else { break }
            result.append(character)
        }
        return result
    }

    private func write(_ value: String, into json: inout JSONWriter) {
        json.key("stringValue")
        json.string(shortened(value))
    }

    private func write(_ value: Int64, into json: inout JSONWriter) {
        json.key("intValue")
        json.string(String(value))
    }

    private func write(_ value: Bool, into json: inout JSONWriter) {
        json.key("boolValue")
        json.bool(value)
    }

    private func write(_ value: Double, into json: inout JSONWriter) {
        json.key("doubleValue")
        if let number = JSONNumber(value) { json.number(number) } else { json.string(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity") }
    }

    private func write<Element>(_ values: [Element], into json: inout JSONWriter, element: (Element, inout JSONWriter) -> Void) {
        json.key("arrayValue")
        json.beginObject()
        json.key("values")
        json.beginArray()
        for value in values {
            json.beginObject()
            element(value, &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
