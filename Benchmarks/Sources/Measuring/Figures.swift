/// The figures of one measurement, printed as one line of JSON for `dev/bench` to read.
public struct Figures {
    private var members: [String] = []

    public init() {}

    public mutating func set(_ name: String, _ value: Double) {
        members.append("\"\(name)\": \((value * 1000).rounded() / 1000)")
    }

    public mutating func set(_ name: String, _ value: Int) {
        members.append("\"\(name)\": \(value)")
    }

    public mutating func set(_ samples: Samples) {
        for (name, value) in samples.summary() { set(name, value) }
    }

    public func print() {
        Swift.print("{\(members.joined(separator: ", "))}")
    }
}
