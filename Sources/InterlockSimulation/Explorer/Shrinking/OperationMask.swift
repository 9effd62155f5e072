/// Which of one task's generated operations are carried out.
package struct OperationMask: Sendable, Hashable {
    /// By operation, in order.
    package var isKept: [Bool]

    package init(isKept: [Bool]) {
        self.isKept = isKept
    }

    /// Keeps all of `count`.
    package init(all count: Int) {
        isKept = Array(repeating: true, count: count)
    }

    package var keptCount: Int { isKept.count { $0 } }

    /// Whether the operation at `index` is carried out. Those beyond the mask are not.
    package func keeps(_ index: Int) -> Bool { index < isKept.count && isKept[index] }

    /// Hexadecimal, least significant digit first: each digit says which of four operations are kept.
    package var text: String {
        var text = ""
        for start in stride(from: 0, to: isKept.count, by: 4) {
            var digit = 0
            for offset in 0..<4 where keeps(start + offset) { digit |= 1 << offset }
            text += String(digit, radix: 16)
        }
        return text.isEmpty ? "0" : text
    }

    package init?(text: Substring) {
        guard !text.isEmpty else { return nil }
        isKept = []
        for character in text {
            guard let digit = character.hexDigitValue else { return nil }
            for offset in 0..<4 { isKept.append(digit & (1 << offset) != 0) }
        }
    }
}
