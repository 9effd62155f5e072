import SwiftSyntax

/// Shared state that was looked at, and when.
struct Reading: Hashable {
    let place: Place
    /// How many suspensions came before it.
    let suspensions: Int
    let position: AbsolutePosition
    /// Whether a method was called on the place, so that the result need not be made of it.
    var isReceiver = false
    /// Whether it was asked whether something is there.
    var isAbsenceCheck = false
}
