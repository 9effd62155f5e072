package import InterlockJSON

// How reports are written: here, and by what shows them.
extension JSONWriter {
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    package mutating func array<Element>(_ elements: [Element], _ body: (Element, inout JSONWriter) -> Void) {
        beginArray()
        for element in elements { body(element, &self) }
        endArray()
    }

    package mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func member(_ name: String, _ value: Int) {
        key(name)
        int(value)
    }

    package mutating func member(_ name: String, _ value: Int64) {
        key(name)
        int64(value)
    }

    package mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// `null` for a number that JSON has no spelling for.
    package mutating func member(_ name: String, _ value: Double) {
        key(name)
        if let number = JSONNumber(value) { self.number(number) } else { null() }
    }

    /// In seconds; `null` where there is none.
    package mutating func member(_ name: String, _ value: Duration?) {
        guard let value else {
            key(name)
            return null()
        }
        member(name, Double(value.wholeNanoseconds) / 1e9)
    }
}
