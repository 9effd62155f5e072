import CSampler

/// A stack as addresses, as the signal handler has seen it.
struct RawStack: Hashable, Sendable {
    /// Where the thread was.
    var pc: UInt
    /// Return addresses, innermost first.
    var frames: [UInt]
    /// Words that may be the return address of a caller whose record is missing, innermost first.
    var candidates: [UInt]
    /// Whether it went on beyond the frames kept.
    var isCut: Bool

    init(pc: UInt, frames: [UInt], candidates: [UInt] = [], isCut: Bool = false) {
        self.pc = pc
        self.frames = frames
        self.candidates = candidates
        self.isCut = isCut
    }

    /// Copies what a handler has written.
    init(_ sample: inout interlock_sample) {
        self = withUnsafePointer(to: &sample) { sample in
            RawStack(
                pc: sample.pointee.pc,
                frames: Array(UnsafeBufferPointer(start: interlock_sample_frames(sample), count: Int(sample.pointee.frame_count))),
                candidates: Array(UnsafeBufferPointer(start: interlock_sample_candidates(sample), count: Int(sample.pointee.candidate_count))),
                isCut: sample.pointee.is_cut)
        }
    }
}
