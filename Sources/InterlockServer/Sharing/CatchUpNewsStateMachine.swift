import InterlockConcurrency

/// Who is told next that something may have been missed: everybody once after the last time that it was, in an order that is drawn, some in each step.
///
/// All at once would ask again at once, at every instance, in the moment in which what was away is back.
struct CatchUpNewsStateMachine: Sendable {
    /// Steps in which all are told, and those before them in which nobody is: what is missed within these is one thing to tell.
    static let steps = 180, quietSteps = 20
    /// Told in a step at most; where there are more, it takes longer. Each may be an event to write to the store, which has just come back.
    static let maximumOfStep = 100

    /// Those who are yet to be told; the last is next.
    private var waiting: [NewsListener] = []
    private var isStepping = false
    /// Of the present spread: its steps so far, negative while nobody is told, how many it had to tell, and has told.
    private var (step, total, told) = (0, 0, 0)
    /// Moves who is told in which step, so that instances with few clients do not tell them all in the same one.
    private var phase = 0.0
    /// What all have been told of in another way since.
    private var known: Set<FeatureKind> = []

    /// Something may have been missed. Who waits already keeps the turn, and everybody else is told after them.
    ///
    /// - Parameters:
    ///   - listeners: all there are, in an order that was drawn.
    ///   - phase: drawn too, from 0 up to 1.
    /// - Returns: whether steps have to begin.
    mutating func missed(_ listeners: [NewsListener], phase: Double) -> Bool {
        step = waiting.isEmpty ? -Self.quietSteps : min(step, 0)
        let keepTheirTurn = Set(waiting.map(\.id))
        waiting = listeners.filter { !keepTheirTurn.contains($0.id) } + waiting
        (total, told, self.phase, known) = (waiting.count, 0, phase, [])
        guard !waiting.isEmpty, !isStepping else { return false }
        isStepping = true
        return true
    }

    /// All who listen were told that a list of this kind has changed: they fetch it anew, and need not hear of it again.
    mutating func knows(_ kind: FeatureKind) {
        if !waiting.isEmpty { known.insert(kind) }
    }

    /// It is away again: who is still to be told will be when it is back.
    mutating func lost() { waiting = [] }

    /// The next step: whom to tell of what, and whether another one follows.
    mutating func next() -> (listeners: [NewsListener], kinds: [FeatureKind], goesOn: Bool) {
        step += 1
        let steps = max(Self.steps, (total + Self.maximumOfStep - 1) / Self.maximumOfStep)
        let due = step > 0 ? min(total, Int(Double(total) * Double(step) / Double(steps) + phase)) - told : 0
        let count = min(max(0, due), Self.maximumOfStep, waiting.count)
        let listeners = Array(waiting.suffix(count))
        waiting.removeLast(count)
        told += count
        isStepping = !waiting.isEmpty
        return (listeners, FeatureKind.allCases.filter { !known.contains($0) }, isStepping)
    }
}

/// Who hears here that lists have changed.
enum NewsListener: Sendable {
    case session(Session)
    case subscription(Subscription)

    var id: ObjectIdentifier {
        switch self {
        case .session(let session): ObjectIdentifier(session)
        case .subscription(let subscription): ObjectIdentifier(subscription)
        }
    }
}
