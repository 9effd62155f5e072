import InterlockJSON

/// What is said to somebody who named a tool that the server does not have.
enum MissingTool {
    /// Names that are told; a server may have thousands.
    static let maximumNames = 50

    static func sentence(_ name: String, among names: [String]) -> String {
        let names = names.sorted()
        guard !names.isEmpty else { return "The server has no tool '\(name)', and no other." }
        let nearest = NearestName.of(name, among: names).map { "; did you mean '\($0)'?" } ?? "."
        let rest = names.count > maximumNames ? " and \(names.count - maximumNames) more" : ""
        return "The server has no tool '\(name)'\(nearest) It has \(names.prefix(maximumNames).joined(separator: ", "))\(rest)."
    }
}
