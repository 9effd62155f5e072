import InterlockConcurrency

/// What a rule compares with its threshold: a number taken from a snapshot, if the metrics for it are there.
public indirect enum AlertExpression: Sendable, Hashable {
    /// The sum of the values of the series; of histograms, their counts.
    case value(MetricSelector)
    /// The sum of their rates per second.
    case rate(MetricSelector, over: RateWindow)
    /// A quantile of the last minute, from 0 to 1, over all values of the series together.
    case quantile(Double, of: MetricSelector)
    /// The lower end of the 95 % interval of the slope per second, of the summed values: by how much they rise at least.
    case slope(MetricSelector, over: Duration)
    /// One number for each of another. Nothing for each nothing is zero, something for each nothing infinite.
    case ratio(AlertExpression, AlertExpression)

    /// The number now; `nil` when a metric is missing or has nothing to tell.
    ///
    /// - Parameter slope: The slope of a series, which takes more than one snapshot.
    func evaluate(_ snapshot: MetricsSnapshot, slope: (AlertExpression) -> Double?) -> Double? {
        switch self {
        case .value(let selector): return Self.sum(selector, in: snapshot)
        case .rate(let selector, let window):
            let rates = selector.readings(in: snapshot).compactMap { reading -> Double? in
                switch reading {
                case .counter(_, let rates): rates[window]
                case .histogram(let histogram): histogram.rates[window]
                case .gauge: nil
                }
            }
            return rates.isEmpty ? nil : rates.reduce(0, +)
        case .quantile(let share, let selector):
            var recent = DurationHistogram()
            for case .histogram(let histogram) in selector.readings(in: snapshot) { recent.merge(histogram.recent) }
            return recent.quantile(share).map { Double($0.wholeNanoseconds) / 1e9 }
        case .slope: return slope(self)
        case .ratio(let over, let under):
            guard let over = over.evaluate(snapshot, slope: slope), let under = under.evaluate(snapshot, slope: slope) else { return nil }
            return over == 0 && under == 0 ? 0 : over / under
        }
    }

    /// The slopes within the expression.
    var slopes: [(expression: AlertExpression, selector: MetricSelector, window: Duration)] {
        switch self {
        case .slope(let selector, let window): [(self, selector, window)]
        case .ratio(let over, let under): over.slopes + under.slopes
        case .value, .rate, .quantile: []
        }
    }

    static func sum(_ selector: MetricSelector, in snapshot: MetricsSnapshot) -> Double? {
        let readings = selector.readings(in: snapshot)
        guard !readings.isEmpty else { return nil }
        return readings.reduce(0) { sum, reading in
            switch reading {
            case .counter(let total, _): sum + total
            case .gauge(let value): sum + value
            case .histogram(let histogram): sum + Double(histogram.count)
            }
        }
    }
}

extension AlertExpression: CustomStringConvertible {
    /// For people, in alerts and on the dashboard.
    public var description: String {
        switch self {
        case .value(let selector): "\(selector)"
        case .rate(let selector, let window): "rate(\(selector)[\(window.rawValue)])"
        case .quantile(let share, let selector): "quantile(\(share), \(selector))"
        case .slope(let selector, let window): "slope(\(selector)[\(AlertDuration.text(window))])"
        case .ratio(let over, let under): "\(over) / \(under)"
        }
    }
}
