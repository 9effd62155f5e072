import SwiftSyntax

/// Follows the code of one function in the order it runs and notes what was read, where it may suspend, and what is
/// then written.
///
/// Loops run once, and of two ways to a point the one with more suspensions counts unless it leaves the function.
struct FlowWalker {
    let file: ParsedFile
    let index: DeclarationIndex
    /// The type that `self` is of.
    let type: TypeFacts?
    /// Names that stand for a place: the parameter of a `withLock` closure.
    var aliases: [String: Place] = [:]
    private(set) var hazards: [Hazard] = []
    /// Closures met on the way that run at another time.
    var closures: [ClosureExprSyntax] = []
    /// The suspension of the `await` around the expression that is being read, as long as it is to come.
    var openAwait: AbsolutePosition?

    init(_ file: ParsedFile, _ index: DeclarationIndex, around node: some SyntaxProtocol) {
        self.file = file
        self.index = index
        self.type = index.type(around: node)
    }

    /// Follows a function's statements from its start; `names` are its parameters.
    mutating func walk(_ statements: CodeBlockItemListSyntax, parameters names: [String]) {
        var state = FlowState()
        for name in names { state.locals[name] = [] }
        walk(statements, &state)
    }

    /// Notes a write and whether it relies on what may no longer hold.
    mutating func write(
        _ place: Place, madeOf values: [Reading], at node: some SyntaxProtocol, isHarmless: Bool = false, _ state: inout FlowState
    ) {
        if !isHarmless, let stale = state.stale(for: place, madeOf: values) {
            report(stale, place, at: node.positionAfterSkippingLeadingTrivia, state)
        }
        state.forget(place)
    }

    private mutating func report(_ stale: Reading, _ place: Place, at position: AbsolutePosition, _ state: FlowState) {
        let suspension = state.suspensions[stale.suspensions]
        let isCreation = stale.isAbsenceCheck && (place.path.last?.hasPrefix("[") ?? true)
        let read = isCreation ? "is found absent" : "is read"
        hazards.append(
            Hazard(
                position: position, isCreation ? .checkThenCreate : .staleState,
                "\(stale.place.name) \(read) at line \(file.line(at: stale.position)), the function may suspend at line "
                    + "\(file.line(at: suspension)), and \(place.name) is written here by what was read then"))
    }

    mutating func report(_ rule: AuditRule, at node: some SyntaxProtocol, _ found: String) {
        hazards.append(Hazard(at: node, rule, found))
    }
}
