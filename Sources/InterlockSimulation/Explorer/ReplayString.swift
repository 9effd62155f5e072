/// A schedule as a short text: the seed of the body's randomness, the operations kept, and the choices that are not the default.
///
/// `x1.2a..14b3a` reads: format 1, seed 0x2a, all operations, fourteen default choices, then the candidate at position 2,
/// three defaults, the one at 1, and defaults from there on. Positions beyond 26 are written `{27}`. The operations are
/// one hexadecimal number a task, bit 0 for its first, joined by `-`.
package struct ReplayString: Sendable, Equatable {
    package var seed: UInt64
    /// Which operations each task keeps; `nil` for all, and where none are generated.
    package var operations: [OperationMask]?
    package var choices: [Int]

    private static let version = "x1"

    package init(seed: UInt64, operations: [OperationMask]? = nil, choices: [Int]) {
        self.seed = seed
        self.operations = operations
        self.choices = choices
    }

    package var text: String {
        var tail = ""
        var defaults = 0
        for choice in choices {
            guard choice != 0 else {
                defaults += 1
                continue
            }
            if defaults > 0 { tail += String(defaults) }
            defaults = 0
            tail += choice <= 26 ? String(UnicodeScalar(UInt8(96 + choice))) : "{\(choice)}"
        }
        let kept = operations.map { $0.map(\.text).joined(separator: "-") } ?? ""
        return "\(Self.version).\(String(seed, radix: 16)).\(kept).\(tail)"
    }

    /// Reads a text made by ``text``.
    package init(_ text: String) throws(ExplorationError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == Self.version else {
            throw .invalidReplay(text, "it is not of the form \(Self.version).SEED.OPERATIONS.CHOICES")
        }
        guard let seed = UInt64(parts[1], radix: 16) else { throw .invalidReplay(text, "'\(parts[1])' is not a seed") }
        self.seed = seed
        if parts[2].isEmpty {
            operations = nil
        } else {
            var masks: [OperationMask] = []
            for part in parts[2].split(separator: "-", omittingEmptySubsequences: false) {
                guard let mask = OperationMask(text: part) else { throw .invalidReplay(text, "'\(part)' is not a set of operations") }
                masks.append(mask)
            }
            operations = masks
        }
        guard let choices = Self.choices(in: parts[3]) else { throw .invalidReplay(text, "'\(parts[3])' is not a list of choices") }
        self.choices = choices
    }

    /// More choices than any schedule has, so that a damaged string does not ask for memory without end.
    private static let maximumChoices = 1_000_000

    private static func choices(in text: Substring) -> [Int]? {
        var choices: [Int] = []
        var rest = text[...]
        while let character = rest.first {
            if character.isASCII, character.isWholeNumber {
                let digits = rest.prefix { $0.isASCII && $0.isWholeNumber }
                guard let number = Int(digits), number <= maximumChoices - choices.count else { return nil }
                choices.append(contentsOf: repeatElement(0, count: number))
                rest = rest.dropFirst(digits.count)
            } else if character == "{" {
                let digits = rest.dropFirst().prefix { $0 != "}" }
                guard let end = rest.firstIndex(of: "}"), let number = Int(digits), number > 26 else { return nil }
                choices.append(number)
                rest = rest[rest.index(after: end)...]
            } else {
                guard let value = character.asciiValue, value >= 97, value <= 122 else { return nil }
                choices.append(Int(value) - 96)
                rest = rest.dropFirst()
            }
        }
        return choices
    }
}
