import Interlock

extension ConformanceFixture {
    /// Tools that say something while they run.
    @FeatureBuilder
    static var callTools: [any Feature] {
        Tool("test_tool_with_logging", "Logs three messages while it runs") { context in
            context.log(.info, "Tool execution started")
            try await Task.sleep(for: .milliseconds(50))
            context.log(.info, "Tool processing data")
            try await Task.sleep(for: .milliseconds(50))
            context.log(.info, "Tool execution completed")
            return "Tool with logging executed successfully"
        }
        Tool("test_logging_tool", "Logs one message, if the request asks for log messages") { context in
            context.log(.info, "This message was asked for by the request's logLevel")
            return "Logging tool executed"
        }
        Tool("test_tool_with_progress", "Reports progress three times, if the request has a token") { context in
            context.reportProgress(0, total: 100)
            try await Task.sleep(for: .milliseconds(50))
            context.reportProgress(50, total: 100)
            try await Task.sleep(for: .milliseconds(50))
            context.reportProgress(100, total: 100)
            return "Tool with progress executed successfully"
        }
        Tool("test_reconnection", "Closes its stream; the result is fetched with Last-Event-ID") { context in
            context.disconnectForPolling()
            try await Task.sleep(for: .milliseconds(100))
            return "Reconnection test completed successfully"
        }
    }
}
