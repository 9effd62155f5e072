public import CoreMetrics

extension MetricsRegistry {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions) { CounterSeries($0) }
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(.counter, label, dimensions) { FloatingPointCounterSeries($0) }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions) { GaugeSeries($0) }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(.values, label, dimensions) : series(.gauge, label, dimensions) { GaugeSeries($0) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(.durations, label, dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) { release(handler) }

    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { release(handler) }

    public func destroyMeter(_ handler: any MeterHandler) { release(handler) }

    public func destroyRecorder(_ handler: any RecorderHandler) { release(handler) }

    public func destroyTimer(_ handler: any TimerHandler) { release(handler) }
}
