extension SchemaRegistry {
    /// Where a reference leads, seen from a resource.
    ///
    /// `place` is where the reference stands, for errors.
    mutating func resolve(_ reference: String, from resource: Int, at place: String) throws(JSONSchemaError) -> Location {
        let target = URIReference(reference).resolved(against: resources[resource].base)
        let owner = try self.resource(
            target.withoutFragment.text, inheriting: resources[resource].vocabularies, for: reference, at: place)
        let fragment = URIReference.percentDecoded(target.fragment ?? "")
        if fragment.isEmpty { return resources[owner].root }
        if fragment.hasPrefix("/") { return try follow(fragment, in: owner, for: reference, at: place) }
        guard let location = resources[owner].anchors[fragment] else {
            throw JSONSchemaError(
                .unresolvedReference,
                "the reference \"\(reference)\" leads nowhere: there is no anchor \"\(fragment)\" in \(text(of: resources[owner].root))",
                at: place)
        }
        return location
    }

    private mutating func resource(
        _ identifier: String, inheriting: SchemaVocabularies, for reference: String, at place: String
    ) throws(JSONSchemaError) -> Int {
        if let known = resourceByIdentifier[identifier] { return known }
        let name = available[identifier] == nil ? names[identifier] ?? identifier : identifier
        if let known = resourceByIdentifier[name] { return known }
        guard let document = available[name] ?? MetaSchema.document(name) else {
            throw JSONSchemaError(
                .unresolvedReference,
                "the reference \"\(reference)\" leads to \"\(identifier)\", which is not part of the schema; schemas are never fetched over a network: move it into \"$defs\" or hand it in as a resource",
                at: place)
        }
        return try read(document, named: name, inheriting: inheriting)
    }

    /// Follows a JSON pointer from a resource's root, also through keywords that are unknown.
    private mutating func follow(_ pointer: String, in resource: Int, for reference: String, at place: String)
        throws(JSONSchemaError) -> Location
    {
        let root = resources[resource].root
        guard let tokens = JSONPointer.tokens(of: pointer), var value = subschemas[root]?.value else {
            throw JSONSchemaError(.unresolvedReference, "the reference \"\(reference)\" has a malformed JSON pointer", at: place)
        }
        var location = root
        var owner = resource
        for token in tokens {
            let next: JSONValue? =
                switch value {
                case .object(let members): members[token]
                case .array(let elements):
                    Int(token).flatMap { $0 >= 0 && $0 < elements.count && String($0) == token ? elements[$0] : nil }
                default: nil
                }
            guard let next else {
                throw JSONSchemaError(
                    .unresolvedReference,
                    "the reference \"\(reference)\" leads nowhere: there is no \"\(token)\" in \(text(of: location))", at: place)
            }
            value = next
            location.pointer = JSONPointer.appending(token, to: location.pointer)
            if let known = subschemas[location] { owner = known.resource }
        }
        if subschemas[location] == nil { try readSubschemas(value, at: location, in: owner) }
        return location
    }
}
