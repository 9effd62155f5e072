/// The documents a schema is made of, with every subschema's place, base and anchors: what references resolve against.
///
/// Documents are only those handed in and the built-in meta-schemas, each read when something first refers to it. Nothing is ever fetched.
struct SchemaRegistry {
    /// A place in a document.
    struct Location: Hashable {
        var document: Int
        var pointer: String
    }

    /// A schema with an identifier of its own: a document's root, or a subschema with `$id`.
    struct Resource {
        var base: URIReference
        var root: Location
        var vocabularies: SchemaVocabularies
        var anchors: [String: Location] = [:]
    }

    /// A subschema with what it inherits from around it.
    struct Subschema {
        var value: JSONValue
        var resource: Int
    }

    let configuration: JSONSchemaConfiguration
    private(set) var resources: [Resource] = []
    private(set) var subschemas: [Location: Subschema] = [:]
    /// The places of each `$dynamicAnchor` by name and resource.
    private(set) var dynamicAnchors: [String: [Int: Location]] = [:]
    /// The places of the first document, in the order they were read.
    private(set) var placesOfFirstDocument: [Location] = []

    private var documents: [(name: String, value: JSONValue)] = []
    private(set) var resourceByIdentifier: [String: Int] = [:]
    let available: [String: JSONValue]
    /// The name under which a document that gives itself another identifier is available.
    private(set) var names: [String: String] = [:]

    init(
        _ schema: JSONValue, available: [String: JSONValue], configuration: JSONSchemaConfiguration
    ) throws(JSONSchemaError) {
        self.configuration = configuration
        var normalized: [String: JSONValue] = [:]
        for (name, document) in available {
            let plain = URIReference(name).withoutFragment.text
            normalized[plain] = document
            if let own = document["$id"]?.string { names[URIReference(own).withoutFragment.text] = plain }
        }
        self.available = normalized
        _ = try read(schema, named: "", inheriting: nil)
    }

    /// Bounds the memory that places take, in bytes of each place's JSON pointer.
    private static let longestPointer = 4_096

    // MARK: Reading documents

    /// A place as errors and violations name it.
    func text(of location: Location, keyword: String? = nil) -> String {
        let pointer = keyword.map { JSONPointer.appending($0, to: location.pointer) } ?? location.pointer
        return "\(documents[location.document].name)#\(pointer)"
    }

    mutating func read(_ value: JSONValue, named name: String, inheriting: SchemaVocabularies?) throws(JSONSchemaError) -> Int {
        let root = Location(document: documents.count, pointer: "")
        documents.append((name, value))
        let vocabularies = try vocabularies(of: value, at: root, inheriting: inheriting)
        let index = resources.count
        resources.append(Resource(base: URIReference(name), root: root, vocabularies: vocabularies))
        resourceByIdentifier[name] = index
        try readSubschemas(value, at: root, in: index)
        return index
    }

    private struct Pending {
        var value: JSONValue
        var location: Location
        var resource: Int
        var depth: Int
    }

    /// Walks a subschema and everything in it through the keywords that hold subschemas.
    mutating func readSubschemas(_ value: JSONValue, at location: Location, in resource: Int) throws(JSONSchemaError) {
        var pending = [Pending(value: value, location: location, resource: resource, depth: 0)]
        while var next = pending.popLast() {
            guard subschemas[next.location] == nil else { continue }
            guard next.depth <= configuration.maximumDepth else {
                throw JSONSchemaError(
                    .limitExceeded, "subschemas nest deeper than the limit of \(configuration.maximumDepth)",
                    at: text(of: next.location))
            }
            guard next.location.pointer.utf8.count <= Self.longestPointer else {
                throw JSONSchemaError(
                    .limitExceeded, "the way to a subschema is longer than \(Self.longestPointer) bytes; use shorter names",
                    at: "\(next.location.pointer.prefix(200))…")
            }
            guard subschemas.count < configuration.maximumSubschemas else {
                throw JSONSchemaError(
                    .limitExceeded, "there are more subschemas than the limit of \(configuration.maximumSubschemas)",
                    at: text(of: next.location))
            }
            switch next.value {
            case .bool: break
            case .object(let keywords):
                next.resource = try identify(keywords, next)
                children(of: keywords, of: next, into: &pending)
            default:
                throw JSONSchemaError(
                    .invalidSchema, "a schema has to be an object, true or false, not \(next.value.phrase)",
                    at: text(of: next.location))
            }
            subschemas[next.location] = Subschema(value: next.value, resource: next.resource)
            if next.location.document == 0 { placesOfFirstDocument.append(next.location) }
        }
    }

    /// Takes in `$id` and the anchors of a subschema; returns the resource it belongs to.
    private mutating func identify(_ keywords: JSONObject, _ place: Pending) throws(JSONSchemaError) -> Int {
        var resource = place.resource
        let isDraft7 = resources[resource].vocabularies.isDraft7
        if isDraft7, keywords["$ref"]?.string != nil { return resource }  // siblings of $ref are ignored there
        if let id = keywords["$id"]?.string {
            let reference = URIReference(id)
            if let fragment = reference.fragment, !fragment.isEmpty {
                guard isDraft7, reference.withoutFragment.text.isEmpty else {
                    throw JSONSchemaError(
                        .invalidSchema, "\"$id\" must not have a fragment; use \"$anchor\" to name a place",
                        at: text(of: place.location, keyword: "$id"))
                }
                try addAnchor(fragment, to: resource, at: place.location, isDynamic: false)
            } else {
                resource = try addResource(reference.withoutFragment, keywords, place)
            }
        }
        if !resources[resource].vocabularies.isDraft7 {
            if let name = keywords["$anchor"]?.string { try addAnchor(name, to: resource, at: place.location, isDynamic: false) }
            if let name = keywords["$dynamicAnchor"]?.string {
                try addAnchor(name, to: resource, at: place.location, isDynamic: true)
            }
        }
        return resource
    }

    private mutating func addResource(
        _ id: URIReference, _ keywords: JSONObject, _ place: Pending
    ) throws(JSONSchemaError) -> Int {
        let base = id.resolved(against: resources[place.resource].base)
        let isRoot = place.location == resources[place.resource].root
        let known = resourceByIdentifier[base.text]
        if let known, !(isRoot && known == place.resource) {
            guard resources[known].root == place.location else {
                throw JSONSchemaError(
                    .duplicateIdentifier, "the identifier \"\(base.text)\" is already that of \(text(of: resources[known].root))",
                    at: text(of: place.location, keyword: "$id"))
            }
            return known
        }
        if isRoot {
            resources[place.resource].base = base
            resourceByIdentifier[base.text] = place.resource
            if documents[place.location.document].name.isEmpty { documents[place.location.document].name = base.text }
            return place.resource
        }
        let inherited = resources[place.resource].vocabularies
        let vocabularies = try vocabularies(of: .object(keywords), at: place.location, inheriting: inherited)
        resources.append(Resource(base: base, root: place.location, vocabularies: vocabularies))
        resourceByIdentifier[base.text] = resources.count - 1
        return resources.count - 1
    }

    private mutating func addAnchor(_ name: String, to resource: Int, at location: Location, isDynamic: Bool)
        throws(JSONSchemaError)
    {
        if let known = resources[resource].anchors[name], known != location {
            throw JSONSchemaError(
                .duplicateIdentifier, "the anchor \"\(name)\" is already that of \(text(of: known))", at: text(of: location))
        }
        resources[resource].anchors[name] = location
        if isDynamic { dynamicAnchors[name, default: [:]][resource] = location }
    }

    private func children(of keywords: JSONObject, of place: Pending, into pending: inout [Pending]) {
        let isDraft7 = resources[place.resource].vocabularies.isDraft7
        var children: [Pending] = []
        func add(_ value: JSONValue, _ pointer: String) {
            children.append(
                Pending(
                    value: value, location: Location(document: place.location.document, pointer: pointer),
                    resource: place.resource,
                    depth: place.depth + 1))
        }
        for (keyword, value) in keywords {
            let pointer = JSONPointer.appending(keyword, to: place.location.pointer)
            switch SchemaKeyword.shape(of: keyword, isDraft7: isDraft7) {
            case .schema:
                if case .array(let items) = value, isDraft7, keyword == "items" {
                    for (index, item) in items.enumerated() { add(item, "\(pointer)/\(index)") }
                } else {
                    add(value, pointer)
                }
            case .list:
                for (index, item) in (value.array ?? []).enumerated() { add(item, "\(pointer)/\(index)") }
            case .map:
                for (name, item) in value.object ?? [:] where !(keyword == "dependencies" && item.kind == .array) {
                    add(item, JSONPointer.appending(name, to: pointer))
                }
            case nil: break
            }
        }
        pending += children.reversed()  // so that places are read in the order of the document
    }
}
