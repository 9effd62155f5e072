import Foundation
import Synchronization

/// What is kept that is counted: a descriptor, a thread or a process of each call.
final class CountedLeaks: Sendable {
    private let descriptors = Mutex<[Int32]>([])
    /// Processes, each with the pipe whose end ends it.
    private let children = Mutex<[(Process, Pipe)]>([])

    /// Does to this call what the fault says; nothing for any other fault.
    func work(_ fault: Fault) throws {
        switch fault {
        case .leakDescriptor: descriptors.withLock { $0.append(open("/dev/null", O_RDONLY)) }
        case .leakThread:
            let thread = Thread { while true { sleep(1_000) } }
            thread.stackSize = 64 * 1024
            thread.start()
        case .leakChild:
            try children.withLock { children in
                let (child, pipe) = (Process(), Pipe())
                child.executableURL = URL(fileURLWithPath: "/bin/cat")
                child.standardInput = pipe
                child.standardOutput = FileHandle.nullDevice
                try child.run()
                children.append((child, pipe))
            }
        default: break
        }
    }
}
