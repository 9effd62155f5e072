public import InterlockJSON

/// Something a server has announced to have changed.
public enum ServerChange: Sendable, Hashable {
    case toolsList, promptsList, resourcesList
    /// The resource, which may lie below the one subscribed to.
    case resource(uri: String)
    /// The state of a task (extension), as the server wrote it.
    case task(RawJSON)
}
