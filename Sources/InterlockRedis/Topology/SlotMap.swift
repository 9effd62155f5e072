/// Which node serves which slot of a cluster, as far as is known.
struct SlotMap: Sendable {
    /// Index into `addresses` and one, or 0 where nothing is known.
    private var owners = [UInt16](repeating: 0, count: HashSlot.count)
    private(set) var addresses: [NodeAddress] = []

    /// Reads the reply to `CLUSTER SLOTS`; `nil` if it is none.
    ///
    /// - Parameter asked: stands in for nodes that do not know their own address.
    init?(_ reply: RESPValue, asked: NodeAddress) {
        guard let ranges = reply.elements, !ranges.isEmpty else { return nil }
        for range in ranges {
            guard let parts = range.elements, parts.count >= 3, let first = parts[0].int, let last = parts[1].int,
                first >= 0, first <= last, last < HashSlot.count, let node = parts[2].elements, node.count >= 2, let port = node[1].int, (1...65_535).contains(port)
            else { return nil }
            let host = node[0].string.flatMap { $0.isEmpty || $0 == "?" ? nil : $0 } ?? asked.host
            let owner = number(of: NodeAddress(host: host, port: Int(port)))
            for slot in Int(first)...Int(last) { owners[slot] = owner }
        }
    }

    init() {}

    subscript(slot: Int) -> NodeAddress? {
        owners[slot] == 0 ? nil : addresses[Int(owners[slot]) - 1]
    }

    /// A node said that another serves the slot.
    mutating func move(_ slot: Int, to address: NodeAddress) {
        owners[slot] = number(of: address)
    }

    private mutating func number(of address: NodeAddress) -> UInt16 {
        if let index = addresses.firstIndex(of: address) { return UInt16(index + 1) }
        addresses.append(address)
        return UInt16(addresses.count)
    }
}

/// Where else a node of a cluster says to ask.
enum Redirection: Sendable, Hashable {
    /// The slot has moved for good.
    case moved(slot: Int, NodeAddress)
    /// This key has moved ahead of its slot.
    case ask(NodeAddress)
    /// Some keys of the command have moved and some have not.
    case tryAgain
    /// The cluster is not whole.
    case down

    /// Reads an error reply; `nil` for others.
    ///
    /// - Parameter asked: the node that answered, which stands in where no host is given.
    init?(_ error: RESPErrorReply, asked: NodeAddress) {
        let words = error.message.split(separator: " ")
        switch error.code {
        case "MOVED", "ASK":
            guard words.count >= 3, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot), let colon = words[2].lastIndex(of: ":"),
                let port = Int(words[2][words[2].index(after: colon)...]), (1...65_535).contains(port)
            else { return nil }
            let host = String(words[2][..<colon])
            let address = NodeAddress(host: host.isEmpty || host == "?" ? asked.host : host, port: port)
            self = error.code == "MOVED" ? .moved(slot: slot, address) : .ask(address)
        case "TRYAGAIN": self = .tryAgain
        case "CLUSTERDOWN": self = .down
        default: return nil
        }
    }
}
