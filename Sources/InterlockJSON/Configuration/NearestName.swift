/// The name that a misspelt one may have meant.
public enum NearestName {
    /// The candidate that takes the fewest changes to make of `name`; `nil` when even that is another word.
    public static func of(_ name: String, among candidates: [String]) -> String? {
        let nearest = candidates.map { (name: $0, distance: distance($0, name)) }.min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= max(2, name.utf8.count / 3) else { return nil }
        return nearest.name
    }

    /// How many letters have to be put in, taken out or changed to make one text of the other (Levenshtein).
    static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other.utf8)
        var row = Array(0...other.count)
        for (index, letter) in one.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let change = diagonal + (letter == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = Swift.min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
