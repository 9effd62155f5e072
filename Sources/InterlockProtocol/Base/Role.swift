/// Who says something, or for whom something is meant.
public enum Role: String, WireEnumeration, Sendable, Hashable, Codable {
    /// The person.
    case user
    /// The model.
    case assistant
}
