/// In what the primitives differ that have a line, as far as their documentation says so.
struct LineTraits {
    /// A caller who is cancelled already does not even get a place that is free.
    var refusesCancelledAtOnce = false
    /// Whose turn is next comes in when the place asks for work, not when it becomes free.
    var servesWhenAsked = false
    /// Who is next in line stays so, also where the newest go first.
    var keepsNext = false
    /// Cancelling somebody inside ends the work.
    var stopsAtWork = false
    /// There is a line for each key.
    var knowsKeys = true
}
