import InterlockJSON
import InterlockObservability
import InterlockProfiler
import InterlockServer

extension StallRecord {
    /// `{"time", "seconds", "hasEnded", "tools", "in"}`, with the stacks of all threads where they are asked for.
    func write(into json: inout JSONWriter, withStacks: Bool) {
        json.object {
            $0.member("time", wallTime)
            $0.member("seconds", duration)
            $0.member("hasEnded", hasEnded)
            $0.key("tools")
            $0.array(tools) { $1.string($0) }
            $0.key("in")
            $0.array(places) { $1.string($0) }
            if let unsampled { $0.member("unsampled", unsampled) }
            guard withStacks else { return }
            $0.key("threads")
            $0.array(threads) { thread, json in
                json.object {
                    $0.member("id", Int(thread.id))
                    $0.key("frames")
                    $0.array(thread.frames) { $1.string($0.symbol) }
                }
            }
        }
    }
}
