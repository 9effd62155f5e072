internal import InterlockJSON

/// Records of sessions by id, and which of them belong to which tenant: pure.
struct SessionTable {
    /// By the bytes of the id: one that merely reads the same finds nothing.
    private var records: [ExactName: SessionRecord] = [:]
    private var ofTenant: [ExactName: Set<ExactName>] = [:]

    var count: Int { records.count }

    subscript(_ id: String) -> SessionRecord? { records[ExactName(text: id)] }

    /// Whether the tenant of a record may have it beside those it has.
    func hasRoom(for record: SessionRecord, within quota: SessionQuota) -> Bool {
        guard let maximum = quota.maximum, let tenant = record.tenant else { return true }
        let id = ExactName(text: record.id)
        let others = (ofTenant[ExactName(text: tenant)] ?? []).count { other in
            guard other != id, let record = records[other] else { return false }
            return record.createdAt >= quota.createdSince && record.lastUsedAt >= quota.usedSince
        }
        return others < maximum
    }

    /// Makes or replaces a record; above the capacity the longest unused of the others goes.
    mutating func put(_ record: SessionRecord, capacity: Int) {
        let id = ExactName(text: record.id)
        if records[id] == nil, records.count >= capacity, let oldest = records.min(by: { $0.value.lastUsedAt < $1.value.lastUsedAt })?.key { remove(oldest) }
        remove(id)
        records[id] = record
        if let tenant = record.tenant { ofTenant[ExactName(text: tenant), default: []].insert(id) }
    }

    mutating func touch(_ id: String, at time: Int64) {
        let id = ExactName(text: id)
        guard let record = records[id] else { return }
        records[id]?.lastUsedAt = max(record.lastUsedAt, time)
    }

    mutating func remove(_ id: String) { remove(ExactName(text: id)) }

    /// Removes all records of a kind, and returns how many.
    mutating func removeAll(where isOver: (SessionRecord) -> Bool) -> Int {
        let over = records.filter { isOver($0.value) }
        for id in over.keys { remove(id) }
        return over.count
    }

    private mutating func remove(_ id: ExactName) {
        guard let tenant = records.removeValue(forKey: id)?.tenant.map({ ExactName(text: $0) }) else { return }
        ofTenant[tenant]?.remove(id)
        if ofTenant[tenant]?.isEmpty == true { ofTenant[tenant] = nil }
    }
}
