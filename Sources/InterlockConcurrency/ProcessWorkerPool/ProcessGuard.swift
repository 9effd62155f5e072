/// Sees to it that worker processes do not outlive this process, however it ends: also by a kill that lets it do nothing.
///
/// A small shell beside the workers holds the other end of a stream and the numbers of their process groups. The system
/// closes the stream when this process ends, and the shell kills them then, with all they have started, and ends. (The
/// kernel's own signal at a parent's death follows the thread that started the child, which may end long before.)
///
/// In an image without `/bin/sh` there is no guard; workers that are written with ``ProcessWorker`` watch for themselves, others
/// live on until they read the end of their input.
package final class ProcessGuard: Sendable {
    private static let script = """
        groups=
        while read -r word group; do
          case $word in
            watch) groups="$groups $group" ;;
            forget)
              rest=
              for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done
              groups=$rest ;;
          esac
        done
        for one in $groups; do kill -9 "-$one"; done
        """

    private let process: Int32
    private let stream: Int32

    package init() throws(FileError) {
        (process, stream) = try OperatingSystem.startShell(Self.script)
    }

    /// What it watches is killed by this.
    deinit {
        OperatingSystem.endShell(process, stream)
    }

    /// Has a process group killed when this process ends.
    package func watch(_ group: Int32) {
        // A guard that is gone cannot be told, and need not be: the workers' own streams still end with this process.
        _ = OperatingSystem.sendLine("watch \(group)", to: stream)
    }

    /// Lets go of a process group. To be called before the system may give its number to somebody else.
    package func forget(_ group: Int32) {
        _ = OperatingSystem.sendLine("forget \(group)", to: stream)
    }
}
