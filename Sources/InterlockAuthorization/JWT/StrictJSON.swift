import InterlockJSON

/// Reads JSON that others will read too, perhaps by other rules: small, shallow, and no name twice in an object at any depth.
enum StrictJSON {
    enum Failure: Error, Sendable, Hashable {
        case malformed, duplicateMember
    }

    /// The object that some bytes are.
    static func object(_ bytes: [UInt8], maximumBytes: Int, allowsDuplicates: Bool = false) throws(Failure) -> RawJSON {
        let json: RawJSON
        do throws(JSONError) {
            json = try RawJSON(bytes, limits: JSONLimits(maximumBytes: maximumBytes, maximumDepth: 16, maximumKeys: 2_000))
        } catch {
            throw .malformed
        }
        guard json.kind == .object else { throw .malformed }
        if !allowsDuplicates { try refuseDuplicates(json) }
        return json
    }

    /// Recursion is bounded by the depth that the scan allowed.
    private static func refuseDuplicates(_ json: RawJSON) throws(Failure) {
        if let members = json.members {
            var names: Set<String> = []
            for (name, value) in members {
                guard names.insert(name).inserted else { throw .duplicateMember }
                try refuseDuplicates(value)
            }
        } else if let elements = json.elements {
            for element in elements { try refuseDuplicates(element) }
        }
    }
}
