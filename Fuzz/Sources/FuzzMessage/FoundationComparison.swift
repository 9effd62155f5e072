import Findings
import Foundation
import InterlockJSON

/// `JSONSerialization` as a second reading of the standard, with its known departures from it left out.
enum FoundationComparison {
    static func run(_ text: [UInt8], _ ours: JSONValue?) {
        guard isComparable(text) else { return }
        let theirs = try? JSONSerialization.jsonObject(with: Data(text), options: [.fragmentsAllowed])
        switch (ours, theirs) {
        case (nil, nil): return
        case (let ours?, let theirs?): require(!hasPlainNames(ours) || isSame(ours, theirs), "the values differ")
        case (let ours?, nil): require(hasHugeNumber(ours), "refused by Foundation alone")
        case (nil, .some): require(isLenient(text), "accepted by Foundation alone")
        }
    }

    /// Foundation guesses UTF-16 and UTF-32 from zero bytes and byte order marks, and counts depth by a limit of its own.
    private static func isComparable(_ text: [UInt8]) -> Bool {
        guard !text.contains(0), !text.starts(with: [0xEF, 0xBB, 0xBF]), !text.starts(with: [0xFE, 0xFF]), !text.starts(with: [0xFF, 0xFE]) else {
            return false
        }
        return text.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") } < 100
    }

    /// Foundation lets a comma stand before the end of an array or object.
    private static func isLenient(_ text: [UInt8]) -> Bool {
        let visible = text.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return zip(visible, visible.dropFirst()).contains {
            $0 == UInt8(ascii: ",") && ($1 == UInt8(ascii: "]") || $1 == UInt8(ascii: "}"))
        }
    }

    /// Foundation's numbers are machine numbers, long ones by way of a decimal with few digits, so they are compared roughly.
    private static func isSame(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let value): return (theirs as? NSNumber)?.boolValue == value
        case .number(let number):
            guard let theirs = theirs as? NSNumber else { return false }
            return abs(theirs.doubleValue - number.double) <= max(abs(number.double) * 1e-12, 1e-300)
        case .string(let value): return (theirs as? String).map { Array($0.utf8) == Array(value.utf8) } ?? false
        case .array(let elements):
            guard let theirs = theirs as? [Any], theirs.count == elements.count else { return false }
            return zip(elements, theirs).allSatisfy { isSame($0, $1) }
        case .object(let members):
            guard let theirs = theirs as? [String: Any] else { return false }
            return members.allSatisfy { member in theirs[member.key].map { isSame(member.value, $0) } ?? false }
        }
    }

    /// Whether a dictionary of Foundation can hold the value: names that read the same are one name there.
    private static func hasPlainNames(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): elements.allSatisfy(hasPlainNames)
        case .object(let members): Set(members.keys).count == members.count && members.values.allSatisfy(hasPlainNames)
        default: true
        }
    }

    /// Foundation refuses numbers beyond a `Double`.
    private static func hasHugeNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let number): number.double.isInfinite
        case .array(let elements): elements.contains(where: hasHugeNumber)
        case .object(let members): members.values.contains(where: hasHugeNumber)
        default: false
        }
    }
}
