/// Somebody who has a place.
struct User: Sendable, Hashable {
    var id: String
    /// The place, from 1.
    var place: Int
}
