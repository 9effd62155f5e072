/// The rule for tool names that every reader of the specification accepts: 1 to 64 of `A-Z a-z 0-9 _ - .`.
///
/// The specification recommends up to 128; some clients and the conformance suite stop at 64.
/// Spec: 2026-07-28, Server Features › Tools.
public enum ToolName {
    /// The longest name every client takes, in bytes.
    public static let maximumLength = 64

    /// What is wrong with a name, as a sentence, or nil.
    public static func problem(with name: String) -> String? {
        guard !name.isEmpty else { return "A tool needs a name." }
        guard name.utf8.count <= maximumLength else {
            return "The tool name \"\(name)\" has \(name.utf8.count) bytes; clients take \(maximumLength)."
        }
        for scalar in name.unicodeScalars {
            switch scalar {
            case "A"..."Z", "a"..."z", "0"..."9", "_", "-", ".": continue
            default: return "The tool name \"\(name)\" contains \"\(scalar)\"; use letters, digits, _, - and dots."
            }
        }
        return nil
    }
}
