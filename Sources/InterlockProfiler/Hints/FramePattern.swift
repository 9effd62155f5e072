/// What a frame is known by.
struct FramePattern: Sendable {
    private enum Kind: Sendable { case word, begin, module }

    private let kind: Kind
    private let text: String
    /// The beginning of the module it must be in; `nil` for any.
    private let module: String?

    /// A whole word of the symbol: letters, digits and `_` next to it would make it another. Words may be joined, as in `JSONSchema.init`.
    static func word(_ text: String, in module: String? = nil) -> FramePattern { FramePattern(kind: .word, text: text, module: module) }
    /// The beginning of the symbol.
    static func beginning(_ text: String, in module: String? = nil) -> FramePattern { FramePattern(kind: .begin, text: text, module: module) }
    /// The beginning of the module.
    static func module(_ text: String) -> FramePattern { FramePattern(kind: .module, text: text, module: nil) }

    func matches(_ frame: StackFrame) -> Bool {
        if let module, frame.module?.hasPrefix(module) != true { return false }
        switch kind {
        case .module: return frame.module?.hasPrefix(text) == true
        case .begin: return frame.symbol.hasPrefix(text)
        case .word:
            var rest = frame.symbol[...]
            while let range = rest.firstRange(of: text) {
                let before = frame.symbol[..<range.lowerBound].last
                let after = frame.symbol[range.upperBound...].first
                if !Self.isPart(before), !Self.isPart(after) { return true }
                rest = rest[range.upperBound...]
            }
            return false
        }
    }

    private static func isPart(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false }
}
