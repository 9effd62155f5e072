import Testing

/// What needs a real server: one suite after the other, so that servers and measurements do not disturb each other.
@Suite("Against a real Redis", .enabled(if: RedisServerProcess.isInstalled), .serialized)
enum AgainstRedis {}
