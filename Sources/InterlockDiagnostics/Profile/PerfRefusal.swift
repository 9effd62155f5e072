/// Says which setting or right keeps perf from a process. Pure: takes what was read and what perf wrote.
enum PerfRefusal {
    /// - Parameters:
    ///   - errors: what perf wrote to standard error.
    ///   - paranoid: `/proc/sys/kernel/perf_event_paranoid`, where it may be read.
    static func message(errors: String, paranoid: Int?, process: Int32) -> String {
        let reason =
            if errors.contains("perf_event_paranoid") || errors.contains("Access to performance monitoring") || errors.contains("Permission denied")
                || errors.contains("Operation not permitted")
            {
                paranoid.map {
                    "kernel.perf_event_paranoid is \($0)"
                        + ($0 > 2 ? ", which leaves perf to those with CAP_PERFMON" : ", which allows a user's own processes only")
                } ?? "the kernel refuses"
            } else if errors.contains("No such process") || errors.contains("No such thread") {
                "the process has ended"
            } else if errors.contains("not supported") || errors.contains("ENOSYS") || errors.contains("Function not implemented") {
                "this kernel, or the container's seccomp profile, has no perf_event_open"
            } else {
                "it said: " + (errors.split(separator: "\n").map { $0.drop { $0 == " " } }.first { !$0.isEmpty }.map(String.init) ?? "nothing")
            }
        return "perf may not sample process \(process): \(reason)"
    }

    /// What opens the way, and the ways around.
    static let advice =
        "run this as the user of the server with `sysctl kernel.perf_event_paranoid=1` (or 2 "
            + "for the server's own code only), or as root, or with CAP_PERFMON and CAP_SYS_PTRACE "
        + "(`docker run --cap-add PERFMON --cap-add SYS_PTRACE`, and a seccomp profile that allows perf_event_open); "
        + "without: an Interlock server with an admin listener samples itself, `--admin "
        + "http://127.0.0.1:PORT`, and py-spy can read a Python server that this command starts"
}
