import InterlockJSON

/// The locks of a tool whose keys a configuration names rather than its author.
enum ConfiguredKeys: Sendable, Hashable {
    /// None, whatever the author declared.
    case none
    /// One call of the tool at a time.
    case tool
    /// The values of these arguments: texts and numbers as they are, anything else as JSON; what is absent locks nothing.
    case arguments([String])

    func keys(tool: String, arguments json: RawJSON) -> [String]? {
        switch self {
        case .none: nil
        case .tool: ["tool \(tool)"]
        case .arguments(let names): names.compactMap { name in json[name].map { $0.string ?? $0.description } }
        }
    }
}
