extension DoctorFinding.Figure {
    /// The figure for people, with its unit; bytes as what is easiest to read, the rest to three digits or so.
    package var text: String {
        if unit == "bytes" { return Self.bytes(value) }
        let digits = value.magnitude >= 100 || value == value.rounded() ? 0 : value.magnitude >= 10 ? 1 : 2
        let number = value.fixed(digits)
        return unit.isEmpty ? number : "\(number) \(unit)"
    }

    /// An amount of memory.
    static func bytes(_ value: Double) -> String {
        switch value.magnitude {
        case ..<(10 * 1024): "\(value.fixed(0)) bytes"
        case ..<(1024 * 1024): "\((value / 1024).fixed(0)) KB"
        default: "\((value / 1_048_576).fixed(value.magnitude < 10 * 1_048_576 ? 1 : 0)) MB"
        }
    }
}
