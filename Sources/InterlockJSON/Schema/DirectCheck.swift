/// One pass of a ``DirectSchema`` over validated bytes.
struct DirectCheck {
    private let program: DirectSchema.Program
    private var scanner: JSONScanner
    private var steps: Int
    private var recursion: Int

    init(_ program: DirectSchema.Program, _ bytes: UnsafeBufferPointer<UInt8>, steps: Int, recursion: Int) {
        self.program = program
        self.steps = steps
        self.recursion = recursion
        scanner = JSONScanner(trusted: bytes)
    }

    /// The places in a table of six by kind of value.
    static func kinds(of types: JSONTypeSet) -> [Int] {
        let all: [(JSONTypeSet, Int)] = [
            (.null, 0), (.boolean, 1), ([.integer, .number], 2), (.string, 3), (.array, 4), (.object, 5),
        ]
        return all.filter { !types.isDisjoint(with: $0.0) }.map(\.1)
    }

    private static func kind(of first: UInt8) -> Int {
        switch first {
        case 0x6E: 0
        case 0x74, 0x66: 1
        case ASCII.quote: 3
        case ASCII.openBracket: 4
        case ASCII.openBrace: 5
        default: 2
        }
    }

    /// Reads the next value; true if it fits the node. After a false the position means nothing.
    mutating func accepts(_ index: Int32) throws(ScanFailure) -> Bool {
        var node = program.nodes[Int(index)]
        let first = try scanner.peek()
        while node.choice >= 0 {
            let chosen = program.choices[Int(node.choice) + Self.kind(of: first)]
            guard chosen >= 0 else { return false }
            node = program.nodes[Int(chosen)]
        }
        if node.tree >= 0 { return try acceptsTree(Int(node.tree)) }
        switch first {
        case ASCII.quote:
            guard node.types.contains(.string) else { return false }
            let token = try scanner.string()
            return node.string < 0 || fits(token, program.strings[Int(node.string)])
        case ASCII.openBrace:
            guard node.types.contains(.object) else { return false }
            guard node.object >= 0 else { return try skip() }
            return try nested { (check) throws(ScanFailure) in try check.acceptsObject(check.program.objects[Int(node.object)]) }
        case ASCII.openBracket:
            guard node.types.contains(.array) else { return false }
            guard node.array >= 0 else { return try skip() }
            return try nested { (check) throws(ScanFailure) in try check.acceptsArray(check.program.arrays[Int(node.array)]) }
        case 0x6E:
            guard node.types.contains(.null) else { return false }
            scanner.position += 4
            return true
        case 0x74, 0x66:
            guard node.types.contains(.boolean) else { return false }
            scanner.position += first == 0x74 ? 4 : 5
            return true
        default:
            return fits(try scanner.number(), node)
        }
    }

    private mutating func skip() throws(ScanFailure) -> Bool {
        try scanner.skipValue()
        return true
    }

    @inline(__always)
    private mutating func nested(_ body: (inout DirectCheck) throws(ScanFailure) -> Bool) throws(ScanFailure) -> Bool {
        guard recursion > 0 else { return false }
        recursion -= 1
        let result = try body(&self)
        recursion += 1
        return result
    }

    private mutating func acceptsTree(_ index: Int) throws(ScanFailure) -> Bool {
        let start = scanner.position
        try scanner.skipValue()
        let value = ValueSink.parse(trusted: UnsafeBufferPointer(start: scanner.base + start, count: scanner.position - start))
        var evaluation = SchemaEvaluation(program.graph, maximumSteps: steps, maximumRecursion: recursion)
        defer { steps = evaluation.remainingSteps }
        return evaluation.evaluate(index, value)
    }

    // MARK: Containers

    private mutating func acceptsArray(_ rules: DirectSchema.ArrayRules) throws(ScanFailure) -> Bool {
        scanner.position += 1
        if try scanner.take(ASCII.closeBracket) { return rules.minimumCount == 0 }
        var count = 0
        repeat {
            count += 1
            if rules.items >= 0 {
                guard try accepts(rules.items) else { return false }
            } else {
                try scanner.skipValue()
            }
        } while try scanner.take(ASCII.comma)
        scanner.position += 1
        return count >= rules.minimumCount && count <= rules.maximumCount
    }

    private mutating func acceptsObject(_ rules: DirectSchema.ObjectRules) throws(ScanFailure) -> Bool {
        scanner.position += 1
        if try scanner.take(ASCII.closeBrace) { return rules.required == 0 }
        var seen: UInt64 = 0
        var count = 0
        var next = 0
        repeat {
            let name = try scanner.memberName()
            guard !name.isEscaped else { return false }
            count += 1
            let slot = slot(of: name, rules.slots, from: next)
            let node: Int32
            if slot >= 0 {
                seen |= 1 << UInt64(slot)
                next = slot + 1
                node = program.slots[rules.slots.lowerBound + slot].node
            } else {
                node = rules.others
            }
            if node >= 0 {
                guard try accepts(node) else { return false }
            } else {
                guard node == -1 else { return false }
                scanner.skipWhitespace()
                try scanner.skipValue()
            }
        } while try scanner.take(ASCII.comma)
        scanner.position += 1
        return seen & rules.required == rules.required && count <= rules.maximumCount
    }

    /// The place of a name among an object's slots, -1 if it has none. Members mostly come in the order of the schema, so the search starts after the
    /// last one found.
    @inline(__always)
    private func slot(of name: StringToken, _ slots: Range<Int>, from first: Int) -> Int {
        let count = name.end - name.start
        let bytes = scanner.base + name.start
        var offset = first
        for _ in 0..<slots.count {
            if offset >= slots.count { offset = 0 }
            let slot = program.slots[slots.lowerBound + offset]
            if slot.count == count, isName(at: slot.start, bytes, count) { return offset }
            offset += 1
        }
        return -1
    }

    @inline(__always)
    private func isName(at start: Int, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        program.names.withUnsafeBufferPointer { names in
            for index in 0..<count where names[start + index] != bytes[index] { return false }
            return true
        }
    }

    // MARK: Scalars

    private mutating func fits(_ token: StringToken, _ rules: DirectSchema.StringRules) -> Bool {
        guard !token.isEscaped else { return false }
        let text = UnsafeBufferPointer(start: scanner.base + token.start, count: token.end - token.start)
        if let allowed = rules.allowed, !allowed.contains(where: { $0.count == text.count && $0.elementsEqual(text) }) {
            return false
        }
        if text.count < rules.minimumLength || text.count > rules.maximumLength || text.count / 4 < rules.minimumLength {
            let scalars = text.reduce(0) { $0 + (StringBytes.isContinuation($1) ? 0 : 1) }
            guard scalars >= rules.minimumLength, scalars <= rules.maximumLength else { return false }
        }
        if let pattern = rules.pattern {
            guard pattern.matches(utf8: text, budget: &steps) == true else { return false }
        }
        if let format = rules.format { return format.accepts(String(decoding: text, as: UTF8.self)) }
        return true
    }

    private func fits(_ token: NumberToken, _ node: DirectSchema.Node) -> Bool {
        let text = UnsafeBufferPointer(start: scanner.base + token.start, count: token.end - token.start)
        guard node.types.contains(.number) || node.types.contains(.integer) && token.isInteger else { return false }
        guard node.number >= 0 else { return true }
        let rules = program.numbers[Int(node.number)]
        let integer = token.isInteger ? NumberText.integer(text, as: Int64.self) : nil
        let double = integer.map(Double.init) ?? NumberText.double(text)
        // Rounding keeps the order, so only numbers that round to the same are left open.
        func isAbove(_ bound: DirectSchema.Bound, orEqual: Bool) -> Bool {
            if let integer, let limit = bound.integer { return orEqual ? integer >= limit : integer > limit }
            return double > bound.double
        }
        func isBelow(_ bound: DirectSchema.Bound, orEqual: Bool) -> Bool {
            if let integer, let limit = bound.integer { return orEqual ? integer <= limit : integer < limit }
            return double < bound.double
        }
        if let bound = rules.minimum, !isAbove(bound, orEqual: true) { return false }
        if let bound = rules.maximum, !isBelow(bound, orEqual: true) { return false }
        if let bound = rules.exclusiveMinimum, !isAbove(bound, orEqual: false) { return false }
        if let bound = rules.exclusiveMaximum, !isBelow(bound, orEqual: false) { return false }
        if let divisor = rules.multipleOf {
            guard let integer, let divisor = divisor.integer, integer.magnitude % divisor.magnitude == 0 else { return false }
        }
        return true
    }
}
