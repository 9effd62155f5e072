import InterlockConcurrency

/// Lengths of time as numbers, for statistics.
extension Duration {
    var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
    var inMilliseconds: Double { Double(wholeNanoseconds) / 1e6 }
    var inMinutes: Double { inSeconds / 60 }
}
