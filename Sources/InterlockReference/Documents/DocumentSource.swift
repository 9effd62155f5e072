/// Where the documents of the reference server come from.
public enum DocumentSource: Sendable, Hashable {
    /// A folder of Markdown and text files, followed while it changes.
    case folder(String)
    /// A few texts about this server.
    case bundled
}
