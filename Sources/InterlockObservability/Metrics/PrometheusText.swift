import InterlockConcurrency

/// The text format that Prometheus scrapes, version 0.0.4.
///
/// Metrics come sorted by name and series by labels, so equal snapshots are equal texts. Histograms have their exact
/// buckets, sum and count since the start, and beside them the gauge `<name>_quantile` with the label `quantile` at 0.5, 0.95
/// and 0.99, taken over the last minute; it is left out while nothing was recorded in that minute.
public enum PrometheusText {
    /// What an HTTP answer gives as its content type.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private static let quantiles: [(text: String, share: Double)] = [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99)]

    /// The text of a snapshot, in UTF-8.
    public static func render(_ snapshot: MetricsSnapshot) -> [UInt8] {
        var text = Text()
        for metric in snapshot.metrics where !metric.series.isEmpty {
            text.header(metric.name, metric.kind.prometheusType, metric.help)
            for series in metric.series { render(series, of: metric.name, into: &text) }
            renderQuantiles(of: metric, into: &text)
        }
        return text.bytes
    }

    private static func render(_ series: MetricsSnapshot.Series, of name: String, into text: inout Text) {
        switch series.reading {
        case .counter(let total, _): text.sample(name, "", series.labelText, total)
        case .gauge(let value): text.sample(name, "", series.labelText, value)
        case .histogram(let histogram):
            for bucket in histogram.buckets {
                text.sample(name, "_bucket", series.labelText, Double(bucket.cumulativeCount), extra: ("le", number(bucket.upperBound)))
            }
            text.sample(name, "_bucket", series.labelText, Double(histogram.count), extra: ("le", "+Inf"))
            text.sample(name, "_sum", series.labelText, histogram.sum)
            text.sample(name, "_count", series.labelText, Double(histogram.count))
        }
    }

    private static func renderQuantiles(of metric: MetricsSnapshot.Metric, into text: inout Text) {
        var hasHeader = false
        for series in metric.series {
            guard case .histogram(let histogram) = series.reading, histogram.recent.count > 0 else { continue }
            if !hasHeader {
                text.header(metric.name + "_quantile", "gauge", metric.help.isEmpty ? "" : metric.help + " Quantiles of the last minute.")
                hasHeader = true
            }
            for quantile in quantiles {
                guard let value = histogram.quantile(quantile.share) else { continue }
                text.sample(metric.name, "_quantile", series.labelText, value, extra: ("quantile", quantile.text))
            }
        }
    }

    /// A number as Prometheus reads it: whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 0x1p53 { return String(Int64(value)) }
        return value.description
    }

    private struct Text {
        var bytes: [UInt8] = []

        mutating func header(_ name: String, _ type: String, _ help: String) {
            if !help.isEmpty {
                bytes += "# HELP \(name) ".utf8
                for byte in help.utf8 {
                    switch byte {
                    case 0x5C: bytes += [0x5C, 0x5C]
                    case 0x0A: bytes += [0x5C, 0x6E]
                    default: bytes.append(byte)
                    }
                }
                bytes.append(0x0A)
            }
            bytes += "# TYPE \(name) \(type)\n".utf8
        }

        mutating func sample(_ name: String, _ suffix: String, _ labels: String, _ value: Double, extra: (name: String, value: String)? = nil) {
            bytes += name.utf8
            bytes += suffix.utf8
            if !labels.isEmpty || extra != nil {
                bytes.append(0x7B)
                bytes += labels.utf8
                if let extra {
                    if !labels.isEmpty { bytes.append(0x2C) }
                    bytes += extra.name.utf8
                    bytes += [0x3D, 0x22]
                    bytes += extra.value.utf8
                    bytes.append(0x22)
                }
                bytes.append(0x7D)
            }
            bytes.append(0x20)
            bytes += PrometheusText.number(value).utf8
            bytes.append(0x0A)
        }
    }
}
