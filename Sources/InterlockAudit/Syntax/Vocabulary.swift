/// What names mean to the rules: the standard library's, and those that servers use alike.
enum Vocabulary {
    /// Methods that change the collection or value they are called on.
    static let mutations: Set<String> = growing.union(removals).union([
        "removeFirst", "removeLast", "swapAt", "sort", "shuffle", "reverse", "toggle", "negate", "subtract", "merge", "formIntersection",
        "formSymmetricDifference", "replaceSubrange",
    ])

    /// Methods after which a collection may hold more.
    static let growing: Set<String> = ["append", "insert", "updateValue", "formUnion", "merge"]

    /// Methods that leave out what may already be gone: right whatever another call did meanwhile.
    static let removals: Set<String> = ["removeValue", "remove", "removeAll", "popFirst", "popLast"]

    /// Properties that tell of a whole collection.
    static let summaries: Set<String> = [
        "count", "isEmpty", "first", "last", "keys", "values", "indices", "startIndex", "endIndex", "description", "hashValue",
    ]

    /// Methods whose answer is made of what they are called on.
    static let queries: Set<String> = [
        "contains", "first", "last", "min", "max", "filter", "map", "compactMap", "sorted", "reduce", "index", "firstIndex", "isSubset",
        "isSuperset", "isDisjoint", "union", "intersection", "subtracting", "dropFirst", "dropLast", "prefix", "suffix", "merging",
        "advanced", "addingReportingOverflow",
    ]

    /// Methods that run their closure there and then.
    static let inPlace: Set<String> = [
        "map", "flatMap", "compactMap", "filter", "forEach", "contains", "first", "last", "firstIndex", "allSatisfy", "reduce", "sorted",
        "sort", "min", "max", "removeAll", "drop", "prefix", "mapValues", "compactMapValues", "count", "withUnsafeBytes", "assumeIsolated",
    ]

    /// Methods that keep others out while their closure runs.
    static let locks: Set<String> = ["withLock", "withLocks", "withExclusiveAccess", "exclusively", "transaction", "write", "sync"]

    /// Beginnings of the names of calls that answer with another object's state.
    static let readers = ["get", "read", "load", "fetch", "current", "value", "balance", "count", "find", "lookup"]

    /// Beginnings of the names of calls that replace another object's state.
    static let writers = ["set", "write", "save", "store", "put", "update", "replace"]

    /// Beginnings of the names of calls that tell whether there is room or whether something is there.
    static let checks = ["exists", "fileExists", "contains", "has", "count", "balance", "isFull", "available", "remaining", "find", "get"]

    /// Names of calls that tell whether something is there.
    static let presence: Set<String> = ["exists", "fileExists", "contains", "has"]

    /// Beginnings of the names of calls that rely on there being room or on nothing being there.
    static let acts = ["add", "insert", "append", "create", "put", "set", "save", "store", "withdraw", "debit", "reserve", "book", "write"]

    /// Whether `name` is one of `words` or goes on from it with a capital: `load`, `loadUser`, not `loader`.
    static func matches(_ name: String, _ words: [String]) -> Bool {
        words.contains { word in
            guard name.hasPrefix(word) else { return false }
            return name.dropFirst(word.count).first.map { $0.isUppercase } ?? true
        }
    }
}
