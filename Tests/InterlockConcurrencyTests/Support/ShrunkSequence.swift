import InterlockSimulation

/// The fewest events of a sequence that still break what is proved, as far as leaving events out gets.
///
/// - Parameter fails: Whether a sequence breaks it. The whole one does.
func shrunkSequence<Event>(_ events: [Event], fails: ([Event]) -> Bool) -> [Event] {
    func kept(_ mask: OperationMask) -> [Event] { events.indices.filter { mask.keeps($0) }.map { events[$0] } }
    var shrinker = OperationShrinker(masks: [OperationMask(all: events.count)])
    while let masks = shrinker.next() {
        if fails(kept(masks[0])) { shrinker.accept(masks) }
    }
    return kept(shrinker.masks[0])
}
