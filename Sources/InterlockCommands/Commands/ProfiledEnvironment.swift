import Foundation

/// What a server finds in its environment so that its interpreter tells perf the names of functions. Others pass over it.
enum ProfiledEnvironment {
    /// - Parameter current: the environment the server inherits.
    static func additions(to current: [String: String] = ProcessInfo.processInfo.environment) -> [String: String] {
        let options = [current["NODE_OPTIONS"], "--perf-basic-prof", "--interpreted-frames-native-stack"].compactMap(\.self).filter { !$0.isEmpty }
        return ["PYTHONPERFSUPPORT": "1", "NODE_OPTIONS": options.joined(separator: " ")]
    }
}
