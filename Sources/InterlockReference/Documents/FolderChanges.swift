/// What is different between two looks at a folder.
struct FolderChanges: Sendable, Hashable {
    var added: [String] = []
    var changed: [String] = []
    var removed: [String] = []

    var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }
}

/// What is served of a folder, and how it follows the folder.
struct FolderStateMachine: Sendable {
    private(set) var served: [String: FileStamp] = [:]

    /// Takes a new look in. What it returns has to be done to the index, in sorted order.
    mutating func look(_ listing: FolderListing) -> FolderChanges {
        var changes = FolderChanges()
        for (id, stamp) in listing.stamps {
            switch served[id] {
            case nil: changes.added.append(id)
            case .some(let known) where known != stamp: changes.changed.append(id)
            default: continue
            }
        }
        changes.removed = served.keys.filter { listing.stamps[$0] == nil }.sorted()
        changes.added.sort()
        changes.changed.sort()
        served = listing.stamps
        return changes
    }
}
