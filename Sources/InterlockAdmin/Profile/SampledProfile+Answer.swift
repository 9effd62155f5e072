import InterlockConcurrency
import InterlockHTTPServer
import InterlockJSON
import InterlockProfiler
import InterlockServer

extension SampledProfile {
    /// The profile as an answer that a browser saves.
    func answer(_ format: ProfileFormat, of server: String) -> HTTPRouteResponse {
        let bytes: [UInt8] =
            switch format {
            case .text: Array(folded.text.utf8)
            case .svg: Array(FlameGraph(folded, title: server, subtitle: summary).svg.utf8)
            case .json: json
            }
        let charset = format == .text ? "; charset=utf-8" : ""
        var response = AdminAnswer.make(200, format.rawValue + charset, bytes)
        response.headers += [("content-disposition", "attachment; filename=\"profile.\(format.fileExtension)\""), ("vary", "accept")]
        return response
    }

    private var summary: String {
        let seconds = (duration / .milliseconds(100)).rounded() / 10
        let missing = dropped > 0 ? ", \(dropped) dropped" : ""
        return "\(samples) samples in \(seconds) s at \(rate) for each second of processor time\(missing)"
    }

    private var json: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("seconds", duration)
            $0.member("rate", rate)
            $0.member("samples", samples)
            $0.member("dropped", dropped)
            $0.member("unsampledThreads", unsampledThreads)
            $0.key("stacks")
            $0.array(stacks) { stack, json in
                json.object {
                    $0.member("count", stack.count)
                    $0.key("frames")
                    $0.array(stack.frames) { $1.string($0.symbol) }
                }
            }
        }
        return json.finish()
    }
}

extension SamplingError {
    /// The error as an answer; `nil` for what only the log is told.
    var answer: HTTPRouteResponse? {
        switch code {
        case .unsupported: return AdminAnswer.error(501, "not_available", message)
        case .outOfBounds: return AdminAnswer.error(400, "bad_request", message)
        case .signalTaken: return AdminAnswer.error(409, "signal_taken", message)
        case .busy:
            var response = AdminAnswer.error(409, "profile_running", message)
            // Whole seconds, rounded up, and one more for naming what was found.
            let seconds = Int(((remaining ?? .zero) / .seconds(1)).rounded(.up)) + 1
            response.headers.append(("retry-after", "\(seconds)"))
            return response
        default: return nil
        }
    }
}
