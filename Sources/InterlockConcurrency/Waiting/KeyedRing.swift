extension KeyedLines {
    /// The keys that wait for the same thing, in the order of their turns, and by how many wait of each.
    struct Ring: Sendable {
        var turns = LinkedSlab<Key>.List()
        /// The lines of one waiter, of two, and so on; each in the order in which they came to have so many.
        var byLength: [LinkedSlab<Key>.List] = []
        /// How many wait of the key of which most do.
        var longest = 0

        /// Keys that wait.
        var count: Int { turns.count }
    }
}
