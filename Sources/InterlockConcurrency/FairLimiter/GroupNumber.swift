/// The number of a group; given to another group only when this one has been closed and is idle.
@usableFromInline
package struct GroupNumber: Sendable, Hashable {
    let index: Int32
}
