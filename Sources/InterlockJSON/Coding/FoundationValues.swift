#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The three types of Foundation that have a text form here, and nothing else of Foundation.
///
/// `Data` is base64 (RFC 4648 §4), `URL` its absolute string, `Date` ISO 8601 in UTC, with milliseconds if it has
/// a fraction of a second.
enum FoundationValues {
    /// Whether ``value(_:from:)`` reads the type.
    @inline(__always)
    static func isText<T>(_ type: T.Type) -> Bool { T.self == Data.self || T.self == Date.self || T.self == URL.self }

    /// The text of a value of the three types; nil for any other type.
    @inline(__always)
    static func text<T>(of value: T) -> String? {
        isText(T.self) ? convertedText(of: value) : nil
    }

    private static func convertedText<T>(of value: T) -> String? {
        switch value {
        case let data as Data: data.base64EncodedString()
        case let url as URL: url.absoluteString
        case let date as Date: date.formatted(style(fraction: date.timeIntervalSince1970.rounded(.down) != date.timeIntervalSince1970))
        default: nil
        }
    }

    /// The value a text stands for; nil if it stands for none.
    static func value<T>(_ type: T.Type, from text: String) -> T? {
        if T.self == Data.self { return Data(base64Encoded: text) as? T }
        if T.self == URL.self { return URL(string: text) as? T }
        // Two forms are tried; that neither fits is what nil says.
        return ((try? style(fraction: false).parse(text)) ?? (try? style(fraction: true).parse(text))) as? T
    }

    private static func style(fraction: Bool) -> Date.ISO8601FormatStyle {
        Date.ISO8601FormatStyle(includingFractionalSeconds: fraction)
    }
}
