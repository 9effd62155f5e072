import Testing

/// Prints a figure beside its control, as `dev/prove` reads it into docs/proofs.md; one that does not hold fails the test.
func proof(_ what: String, _ figure: String, control: String, demand: String, holds: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    print("PROOF\(holds ? "" : " FAILED") | \(what) | \(figure) | \(control) | \(demand)")
    #expect(holds, "\(what): \(figure), but \(demand)", sourceLocation: sourceLocation)
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}
