import InterlockJSON
import Logging

/// One log record as a line of JSON, never longer than a pipe takes in one piece.
enum LogLine {
    /// What a pipe writes without tearing it (`PIPE_BUF`).
    static let maximumBytes = 4_096
    private static let maximumValueBytes = 1_000

    /// - Parameter time: milliseconds since the Unix epoch.
    static func bytes(time: Int64, level: String, label: String, message: String, metadata: Logger.Metadata) -> [UInt8] {
        var object: JSONObject = [
            "time": .string(timestamp(time)), "level": .string(level), "logger": .string(label), "message": .string(shortened(message)),
        ]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            object[object[key] == nil ? key : "metadata." + key] = json(value)
        }
        let line = encoded(object)
        guard line.count > maximumBytes else { return line }
        let withIDs = encoded(object.cut(to: own + ids))
        return withIDs.count > maximumBytes ? encoded(object.cut(to: own)) : withIDs
    }

    /// What a line that is too long keeps: its own members, and the ids of the call it belongs to where they fit.
    private static let own = ["time", "level", "logger", "message"]
    private static let ids = ["trace_id", "span_id", "request_id", "session_id", "tenant_id"]

    /// RFC 3339, UTC, with milliseconds.
    static func timestamp(_ time: Int64) -> String {
        let (day, rest) = (time.flooredQuotient(86_400_000), time - time.flooredQuotient(86_400_000) * 86_400_000)
        // Civil date from days: years are counted from March, so that the leap day comes last.
        let shifted = day + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        let date = "\(year + era * 400 + (civilMonth <= 2 ? 1 : 0))-\(padded(civilMonth))-\(padded(dayOfYear - (153 * month + 2) / 5 + 1))"
        return "\(date)T\(padded(rest / 3_600_000)):\(padded(rest / 60_000 % 60)):\(padded(rest / 1_000 % 60)).\(padded(rest % 1_000, 3))Z"
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .string(let text): .string(shortened(text))
        case .stringConvertible(let number as Int): .number(JSONNumber(number))
        case .stringConvertible(let number as Double): JSONNumber(number).map { .number($0) } ?? .null
        case .stringConvertible(let flag as Bool): .bool(flag)
        case .stringConvertible(let other): .string(shortened(other.description))
        case .array(let values): .array(values.prefix(32).map(json))
        case .dictionary(let members): .object(JSONObject(members.sorted { $0.key < $1.key }.prefix(32).map { ($0.key, json($0.value)) }))
        }
    }

    private static func encoded(_ object: JSONObject) -> [UInt8] {
        Array(JSONValue.object(object).description.utf8) + [UInt8(ascii: "\n")]
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > maximumValueBytes else { return text }
        return String(text.unicodeScalars.prefix(maximumValueBytes / 4)) + "…"
    }

    private static func padded(_ number: Int64, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension JSONObject {
    fileprivate func cut(to names: [String]) -> JSONObject { JSONObject(filter { names.contains($0.key) } + [("truncated", true)]) }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
