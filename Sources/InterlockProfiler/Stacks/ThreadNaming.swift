/// Names threads by what they are for, so that the stacks of a pool's threads fall together. Pure.
public enum ThreadNaming {
    /// The frame that stands for a thread, beneath its code.
    ///
    /// - Parameters:
    ///   - name: as the system knows it, at most 15 bytes.
    ///   - isMain: whether it is the thread its process began with.
    ///   - process: the name of that process, which threads without a name of their own have too.
    public static func frame(name: String, isMain: Bool, process: String) -> StackFrame {
        if isMain { return StackFrame(symbol: main) }
        // The names of Dispatch's threads are longer than the system allows, and keep their end.
        if name.hasSuffix(".overcommit") { return StackFrame(symbol: "dispatch queue thread") }
        if name.hasSuffix("-qos") { return StackFrame(symbol: pool) }
        if name == process { return StackFrame(symbol: "threads without a name") }
        var group = ""
        for character in name where !(character.isNumber && group.last == "*") { group.append(character.isNumber ? "*" : character) }
        return StackFrame(symbol: "thread \(group)")
    }

    /// The thread a process began with, which runs the loop of Python's and Node's servers.
    static let main = "main thread"
    /// A thread of Swift's cooperative pool.
    static let pool = "cooperative pool thread"

    /// Whether what computes for long on this thread holds up other requests; `nil` when the frame is no thread.
    static func isShared(_ frame: StackFrame) -> Bool? {
        guard frame.module == nil else { return nil }
        if frame.symbol == main || frame.symbol == pool || frame.symbol.hasPrefix("thread NIO-ELT") { return true }
        return frame.symbol.hasPrefix("thread ") || frame.symbol.hasSuffix(" thread") || frame.symbol == "threads without a name" ? false : nil
    }
}
